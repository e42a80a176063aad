package commands

import (
	"reflect"
	"regexp"
)

// Ranges of numbers in documents follow from what is said of them, so that the words and the schema are of one mind.
var (
	unitRange = regexp.MustCompile(`(^|[ (])(-1|0) to 1\b`)
	leastOf   = regexp.MustCompile(`(^|[ (])(?:at least|from) ([01])\b`)
	mostOf    = regexp.MustCompile(`(^|[ (])at most 1\b`)
)

// signed are the whole numbers of documents that may be below zero: spans between two days or moments, each recorded by somebody, and sums of scores. All others count something.
var signed = map[string]bool{
	"after": true, "days": true, "daysOverdue": true, "daysSilent": true, "daysToAnswer": true, "longest": true, "longestDays": true, "overdueDays": true, "slipDays": true, "sum": true,
}

// counts tells whether a member is a number of something, or a place or a version, none of which is below 0.
func counts(m member) bool {
	t := pointee(m.typ)
	return (t.Kind() == reflect.Int || t.Kind() == reflect.Int64) && t.PkgPath() == "" && !signed[m.name]
}

// ranged narrows the schema of a member of a document or of a command: what is said to be 0 to 1, or -1 to 1, is; what is said to be at least 0 or 1, or at most 1, is; and what counts something is not below 0.
func ranged(m member, is *schema) *schema {
	s := *is
	switch t := pointee(m.typ); {
	case counts(m):
		s.Minimum = new(int64)
	case t.Kind() == reflect.Float64:
		about, least, most := aboutMember(m), int64(0), int64(1)
		if said := unitRange.FindStringSubmatch(about); said != nil {
			if said[2] == "-1" {
				least = -1
			}
			s.Minimum, s.Maximum = &least, &most
			return &s
		}
		if said := leastOf.FindStringSubmatch(about); said != nil {
			least = int64(said[2][0] - '0')
			s.Minimum = &least
		}
		if mostOf.MatchString(about) {
			s.Maximum = &most
		}
	default:
		return is
	}
	return &s
}
