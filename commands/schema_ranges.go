package commands

import (
	"reflect"
	"regexp"
)

// Ranges of numbers in documents follow from what is said of them, so that the words and the schema are of one mind.
var unitRange = regexp.MustCompile(`(^|[ (])(-1|0) to 1\b`)

// signed are the whole numbers of documents that may be below zero: spans between two days or moments, each recorded by somebody, and sums of scores. All others count something.
var signed = map[string]bool{
	"after": true, "days": true, "daysOverdue": true, "daysSilent": true, "daysToAnswer": true, "longest": true, "longestDays": true, "overdueDays": true, "slipDays": true, "sum": true,
}

// ranged narrows the schema of a document's member: what is said to be 0 to 1, or -1 to 1, is; and what counts something is not below 0.
func ranged(m member, is *schema) *schema {
	s := *is
	switch t := pointee(m.typ); {
	case t.Kind() == reflect.Int && t.PkgPath() == "" && !signed[m.name]:
		s.Minimum = new(int64)
	case t.Kind() == reflect.Float64:
		said := unitRange.FindStringSubmatch(aboutMember(m))
		if said == nil {
			return is
		}
		least, most := int64(0), int64(1)
		if said[2] == "-1" {
			least = -1
		}
		s.Minimum, s.Maximum = &least, &most
	default:
		return is
	}
	return &s
}
