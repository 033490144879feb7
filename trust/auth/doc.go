// Package auth proves who asks: a local account, a member, or nobody.
//
// It owns accounts.yaml ([Accounts]), the forms of passwords and tokens, and the one check of
// a request's credentials ([Directory.Authenticate]): HTTP Basic (RFC 7617), bearer tokens
// (RFC 6750) of our own or of an issuer that a link names (RFC 7519), API keys and client
// certificates. It never decides what a caller may see, reads no file by itself and keeps no
// secret: passwords and tokens are stored as hashes. Why somebody is refused is not said.
//
// Neighbours: trust has the links and the [trust.Principal]; taxii/server asks here first;
// cmd/entente reads and writes the files. What a [Directory] knows is fixed when it is made;
// a change of accounts or links makes a new one.
package auth
