package configs

import "strings"

// longWord is where a word is too long to be a slip of another.
const longWord = 64

// nearest is the known word that another was meant to be; empty when none is near.
func nearest(word string, known []string) string {
	best, at := "", len(word)/3+1
	if len(word) > longWord {
		return ""
	}
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < at {
			best, at = k, d
		}
	}
	return best
}

// didYouMean asks about the nearest word, if there is one.
func didYouMean(nearest string) string {
	if nearest == "" {
		return ""
	}
	return `, did you mean "` + nearest + `"?`
}

// distance counts the letters to add, drop, change or swap between two words.
func distance(a, b string) int {
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
