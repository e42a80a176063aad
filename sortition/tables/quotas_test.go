package tables

import (
	"strings"
	"testing"

	"daybook.internal/sortition/lottery"
	"github.com/stretchr/testify/require"
)

// targets reads quotas that are in order.
func targets(t require.TestingT, text string) Targets {
	got, err := ReadQuotas(read(t, "quotas.csv", text))
	require.NoError(t, err)
	return got
}

var gender = []lottery.Quota{{Category: "Gender", Value: "Female", Min: 4, Max: 5}, {Category: "Gender", Value: "Male", Min: 3, Max: 6}}

func TestReadQuotas(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"sortition-algorithms":     "feature,value,min,max\nGender,Female,4,5\nGender,Male,3,6\n",
		"stratification-app":       "category,name,min,max\nGender,Female,4,5\nGender,Male,3,6\n",
		"Panelot":                  "category,feature,min,max\nGender,Female,4,5\nGender,Male,3,6\n",
		"plain words":              "Category,Value,Minimum,Maximum\nGender,Female,4,5\nGender,Male,3,6\n",
		"our words":                "dimension,stratum,min,max\nGender,Female,4,5\nGender,Male,3,6\n",
		"another order, others":    "note,MAX,Value , feature,Min\nx,5,Female,Gender,4\n,6,Male,Gender,3\n",
		"what spreadsheets do":     "\ufeffFeature;Value;Min;Max\r\n Gender ;Female;4.0;5,00\r\n;;;\r\ngender;\u00a0Male ;3;6\r\n",
		"several blanks in a name": "category,name,min,max\nGender,Female,4,5\nGENDER,Male,03,6\n",
	} {
		require.Equal(t, gender, targets(t, text).Quotas, name)
	}
}

func TestFlex(t *testing.T) {
	t.Parallel()
	unlimited := []lottery.Quota{{Category: "Gender", Value: "Female", Min: 0, Max: NoLimit}, {Category: "Gender", Value: "Male", Min: 0, Max: NoLimit}}
	require.Equal(t, unlimited, targets(t, "feature,value,min,max\nGender,Female,4,5\nGender,Male,3,6\n").Widest)
	some := []lottery.Quota{{Category: "Gender", Value: "Female", Min: 2, Max: 7}, {Category: "Gender", Value: "Male", Min: 0, Max: NoLimit}}
	for _, header := range []string{"feature,value,min,max,min_flex,max_flex", "category,name,min,max,min-flex,MAX FLEX", "category,feature,min,max,Min Flex,Max_Flex"} {
		require.Equal(t, some, targets(t, header+"\nGender,Female,4,5,2,7\nGender,Male,3,6,,\n").Widest, header)
	}
}

// TestTogether: the values of a category come together, and keep their rows.
func TestTogether(t *testing.T) {
	t.Parallel()
	got := targets(t, "category,value,min,max\na,1,0,9\nb,1,0,9\nA,2,0,9\n\nb,2,0,9\n")
	require.Equal(t, []string{"a", "b"}, got.Categories())
	require.Equal(t, []int{2, 4, 3, 6}, got.Row)
	require.Equal(t, lottery.Quota{Category: "a", Value: "2", Min: 0, Max: 9}, got.Quotas[1])
}

func TestQuotaProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"category,value,min,max\n": {"quotas.csv: it has no rows below the header"},
		"gender,least\nx,1\n":      {"quotas.csv row 1: no column category, value, min, max; the columns are: gender, least"},
		"category,,max\nx,1,2\n":   {"quotas.csv row 1: no column value, min; the columns are: category, (B has no name), max"},
		"category,feature,value,min,max\nx,y,z,1,2\n": {
			"quotas.csv B1: feature is the category in some programs and the value in others, and both are there already; rename this column"},
		"feature,value,min,max,Min \nx,y,1,2,3\n": {`quotas.csv E1: "Min" stands in column C already`},
		// all of them at once, in the order of the table
		"feature,value,min,max,min_flex,max_flex\n" +
			"gender,female,4,x,,\n" +
			"gender,FEMALE,4,5,,\n" +
			",male,1,2,,\n" +
			"gender,,1,2,,\n" +
			"gender,other,3,2,,\n" +
			"age,young,,2.5,,\n" +
			"age,old,2,3,3,3\n" +
			"age,older,2,3,0,2\n" +
			"age,oldest,-1,99999999,,many\n": {
			`quotas.csv D2: the maximum of gender "female" is "x", not a number of seats`,
			`quotas.csv B3: "FEMALE" of gender stands in row 2 already`,
			`quotas.csv A4: the category is empty; every row names its own`,
			`quotas.csv B5: the value is empty`,
			`quotas.csv D6: the maximum of gender "other" is 2, below the minimum of 3`,
			`quotas.csv C7: the minimum of age "young" is "", not a number of seats`,
			`quotas.csv D7: the maximum of age "young" is "2.5", not a number of seats`,
			`quotas.csv E8: min_flex of age "old" is 3, above the minimum of 2`,
			`quotas.csv F9: max_flex of age "older" is 2, below the maximum of 3`,
			`quotas.csv C10: the minimum of age "oldest" is "-1", not a number of seats`,
			`quotas.csv D10: the maximum of age "oldest" is "99999999", not a number of seats`,
			`quotas.csv F10: the greatest maximum (max_flex) of age "oldest" is "many", not a number of seats`,
		},
	} {
		_, err := ReadQuotas(read(t, "quotas.csv", text))
		require.EqualError(t, err, strings.Join(want, "\n"))
	}
}
