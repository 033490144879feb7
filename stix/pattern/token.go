package pattern

import "bytes"

// token is the kind of a token.
type token uint8

const (
	tokenBad token = iota // the lexer has set its error
	tokenEnd
	tokenWord       // a name without a hyphen
	tokenHyphenated // a name with one: only object types have it without quotes
	tokenInteger
	tokenFloat
	tokenBoolean
	tokenString
	tokenBinary
	tokenHex
	tokenTimestamp
	tokenEqual
	tokenNotEqual
	tokenGreater
	tokenLess
	tokenGreaterOrEqual
	tokenLessOrEqual
	tokenColon
	tokenDot
	tokenComma
	tokenStar
	tokenOpen     // (
	tokenClose    // )
	tokenOpenList // [
	tokenCloseList
	tokenAnd
	tokenOr
	tokenNot
	tokenFollowedBy
	tokenLike
	tokenMatches
	tokenIsSuperset
	tokenIsSubset
	tokenExists
	tokenIn
	tokenStart
	tokenStop
	tokenSeconds
	tokenWithin
	tokenRepeats
	tokenTimes
	tokenReserved // LAST, which the grammar keeps and never uses
)

// keyword tells the keywords, which are upper case, from other words.
func keyword(word []byte) token {
	switch string(word) {
	case "true", "false":
		return tokenBoolean
	case "AND":
		return tokenAnd
	case "OR":
		return tokenOr
	case "NOT":
		return tokenNot
	case "FOLLOWEDBY":
		return tokenFollowedBy
	case "LIKE":
		return tokenLike
	case "MATCHES":
		return tokenMatches
	case "ISSUPERSET":
		return tokenIsSuperset
	case "ISSUBSET":
		return tokenIsSubset
	case "EXISTS":
		return tokenExists
	case "IN":
		return tokenIn
	case "START":
		return tokenStart
	case "STOP":
		return tokenStop
	case "SECONDS":
		return tokenSeconds
	case "WITHIN":
		return tokenWithin
	case "REPEATS":
		return tokenRepeats
	case "TIMES":
		return tokenTimes
	case "LAST":
		return tokenReserved
	}
	return tokenWord
}

// literalKind is the kind of node that a literal becomes, or 0.
func (t token) literalKind() Kind {
	switch t {
	case tokenInteger:
		return Integer
	case tokenFloat:
		return Float
	case tokenBoolean:
		return Boolean
	case tokenString:
		return String
	case tokenBinary:
		return Binary
	case tokenHex:
		return Hex
	case tokenTimestamp:
		return Timestamp
	}
	return 0
}

// operator is the operator that a token writes, or 0. EXISTS stands elsewhere.
func (t token) operator() Operator {
	switch t {
	case tokenEqual:
		return Equal
	case tokenNotEqual:
		return NotEqual
	case tokenGreater:
		return Greater
	case tokenLess:
		return Less
	case tokenGreaterOrEqual:
		return GreaterOrEqual
	case tokenLessOrEqual:
		return LessOrEqual
	case tokenIn:
		return In
	case tokenLike:
		return Like
	case tokenMatches:
		return Matches
	case tokenIsSubset:
		return IsSubset
	case tokenIsSuperset:
		return IsSuperset
	}
	return 0
}

// hint explains a word that differs from a keyword by its case alone.
func hint(t token, text []byte) string {
	switch {
	case t != tokenWord || len(text) > len("FOLLOWEDBY"):
		return ""
	case keyword(bytes.ToUpper(text)) != tokenWord:
		return "; keywords are upper case"
	case keyword(bytes.ToLower(text)) == tokenBoolean:
		return "; true and false are lower case"
	}
	return ""
}
