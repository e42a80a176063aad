package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGoldenAnswers shows an answer of every kind as it stands in the record.
func TestGoldenAnswers(t *testing.T) {
	t.Parallel()
	answers := map[QuestionKind]Answer{
		SingleChoice:   {Option: "users"},
		MultipleChoice: {Options: []OptionID{"state", "users"}},
		Likert:         {Point: 4},
		Ranking:        {Ranking: [][]OptionID{{"users"}, {"state", "donors"}}},
		Allocation:     {Allocation: map[OptionID]int{"state": 70, "users": 30}},
		Open:           {Text: Commitment(exampleDigest(17))},
		Endorse:        {Endorsement: Abstain},
		"nonresponse":  {NonResponse: Refused},
	}
	files := map[string]Event{}
	for kind, a := range answers {
		files[string(kind)+".json"] = but(freshBallot(), func(c *BallotCast) { c.Answer, c.Issued, c.Revision = a, nil, 1 })
	}
	checkGolden(t, "testdata/answers", files, func(name string, e Event) []byte {
		_, data, err := Encode(e)
		require.NoError(t, err, name)
		return data
	}, func(name string, data []byte) (Event, error) { return Decode(TypeOf(BallotCast{}), data) })
}
