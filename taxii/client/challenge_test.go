package client_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/taxii/client"
)

func TestChallenges(t *testing.T) {
	type ch = client.Challenge
	none := map[string]string{}
	for name, row := range map[string]struct {
		lines []string
		want  []ch
	}{
		"I-3.1.1 C-1.6.9-01 two in one line": {[]string{interopChallenge}, []ch{
			{Scheme: "Basic", Params: map[string]string{"realm": "taxii", "type": "1", "title": `Login to "apps"`}},
			{Scheme: "Basic", Params: map[string]string{"realm": "simple"}}}},
		"C-1.6.9-01 two lines":             {[]string{`Basic realm="a"`, `Bearer`}, []ch{{Scheme: "Basic", Params: map[string]string{"realm": "a"}}, {Scheme: "Bearer", Params: none}}},
		"a parameter without a scheme":     {[]string{`Basic`, `realm="b", Bearer`}, []ch{{Scheme: "Basic", Params: none}, {Scheme: "Bearer", Params: none}}},
		"token68":                          {[]string{`Negotiate a/b+c==, Basic realm=x`}, []ch{{Scheme: "Negotiate", Params: none, Token68: "a/b+c=="}, {Scheme: "Basic", Params: map[string]string{"realm": "x"}}}},
		"spaces around the equals sign":    {[]string{`Basic realm = "x" , charset= UTF-8`}, []ch{{Scheme: "Basic", Params: map[string]string{"realm": "x", "charset": "UTF-8"}}}},
		"empty elements":                   {[]string{`, ,Basic ,, realm=x,`}, []ch{{Scheme: "Basic", Params: map[string]string{"realm": "x"}}}},
		"a comma and a scheme in quotes":   {[]string{`Digest realm="a, Basic realm=b", nonce="c"`}, []ch{{Scheme: "Digest", Params: map[string]string{"realm": "a, Basic realm=b", "nonce": "c"}}}},
		"names without regard to case":     {[]string{`basic REALM="a", realm="b"`}, []ch{{Scheme: "basic", Params: map[string]string{"realm": "a"}}}},
		"an open quote":                    {[]string{`Basic realm="a, Bearer`}, []ch{{Scheme: "Basic", Params: map[string]string{"realm": "a, Bearer"}}}},
		"garbage":                          {[]string{`"x" = = ;;, {}, Basic`}, []ch{{Scheme: "Basic", Params: none}}},
		"nothing":                          {[]string{""}, nil},
		"a line longer than any challenge": {[]string{"Basic realm=" + strings.Repeat("a", 9000), "Bearer"}, []ch{{Scheme: "Bearer", Params: none}}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, row.want, client.ParseChallenges(row.lines))
		})
	}
	assert.Len(t, client.ParseChallenges([]string{strings.Repeat("a,", 4000)}), 32, "bounded")
}
