package client

// Internals that fuzzing and tables reach directly.
var (
	ParseChallenges = parseChallenges
	ParsePage       = parsePage
	ParseError      = parseError
)
