package tables

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/realdata"
	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/lottery"
)

const small = "feature,value,min,max\ngender,female,1,2\ngender,male,1,2\nage,16-29,0,2\nage,30+,1,3\n"

func TestReadPeople(t *testing.T) {
	t.Parallel()
	want := []lottery.Person{
		{ID: "a", Values: []string{"female", "16-29"}, Address: "1 oak st\nx1"},
		{ID: "b", Values: []string{"male", "30+"}, Address: "1 oak st\nx1"},
		{ID: "c", Values: []string{"female", "30+"}},
	}
	columns := Columns{Address: []string{"primary_address1", "Primary Zip"}}
	for _, id := range []string{"nationbuilder_id", "id", "unique_id", "Unique ID", "UNIQUE-ID"} {
		pool, err := ReadPeople(read(t, "people.csv", "\ufeff"+id+";Age;GENDER;primary_address1;primary_zip;note\r\na;16-29;Female;1, Oak St.;X1;=x\r\nb; 30+ ;MALE;1 oak  st;x1\r\n\r\nc;30+;female;;x1\r\n"), targets(t, small), columns)
		require.NoError(t, err, id)
		require.Equal(t, want, pool.People, id)
		require.Equal(t, []int{0, 1, 2}, pool.Row)
		require.Equal(t, 1, pool.NoAddress)
		require.Equal(t, "=x", pool.Table.Rows[0][5], "other columns are kept as they were")
		require.Equal(t, []advice.Status{advice.InPool, advice.InPool, advice.InPool}, pool.Status)
	}
	pool, err := ReadPeople(read(t, "people.csv", "gender,age,n\nmale,30+,9\nfemale,30+,8\n"), targets(t, small), Columns{})
	require.NoError(t, err)
	require.Equal(t, "1", pool.People[0].ID)
	require.Equal(t, "2", pool.People[1].ID)
	pool, err = ReadPeople(read(t, "people.csv", "id,gender,age,n\na,male,30+,9\na,female,30+,8\n"), targets(t, small), Columns{ID: "N"})
	require.NoError(t, err)
	require.Equal(t, "8", pool.People[1].ID)
}

// TestCategoryNamedID: a category may have the name of an id, and two columns may be alike up to cases when one of them is exactly it.
func TestCategoryNamedID(t *testing.T) {
	t.Parallel()
	quotas := targets(t, "feature,value,min,max\nid,x,0,1\nid,y,0,1\n")
	pool, err := ReadPeople(read(t, "people.csv", "ID,id\n7,x\n8,Y\n"), quotas, Columns{})
	require.NoError(t, err)
	require.Equal(t, []lottery.Person{{ID: "1", Values: []string{"x"}}, {ID: "2", Values: []string{"y"}}}, pool.People)
}

func TestPeopleProblems(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		text    string
		columns Columns
		want    []string
	}{
		{"id,gender,age\n", Columns{}, []string{"people.csv: it has no rows below the header"}},
		{"id,sex\n1,male\n", Columns{ID: "nr", Address: []string{"street"}, Status: "state"}, []string{`people.csv row 1: no column "gender", "age", "street", "state", "nr"; the columns are: id, sex`}},
		{"id,age,Gender,gender ,ID\n1,30+,male,male,2\n", Columns{}, []string{`people.csv D1: "gender" stands in column C already`, `people.csv E1: "ID" stands in column A already`}},
		{"id,gender,age,state\n1,femle,30+,pool\n\n2,,31,gone\n,male,30+,CONFIRMED\n1,male,30+,\n5,Femle,30+,withdrawn\n", Columns{Status: "State"}, []string{
			`people.csv B2: "femle" is no value of gender; known: female, male`,
			`people.csv B4: gender is empty; known: female, male`,
			`people.csv C4: "31" is no value of age; known: 16-29, 30+`,
			`people.csv D4: "gone" is no status; known: POOL, SELECTED, CONFIRMED, WITHDRAWN, DELETED`,
			`people.csv A5: the id is empty`,
			`people.csv A6: id "1" is that of row 2`,
			`people.csv B7: "Femle" is no value of gender; known: female, male`,
		}},
	} {
		_, err := ReadPeople(read(t, "people.csv", s.text), targets(t, small), s.columns)
		require.EqualError(t, err, strings.Join(s.want, "\n"))
	}
}

// TestUnknown: values that people have and targets do not are counted, so that one missing row of the targets reads as one thing.
func TestUnknown(t *testing.T) {
	t.Parallel()
	pool, err := ReadPeople(read(t, "people.csv", "gender,age\nx,30+\nmale,30+\nX,30+\n,30+\n"), targets(t, small), Columns{})
	require.Error(t, err)
	require.Equal(t, []Unknown{{"gender", "x", 2, "A2"}, {"gender", "", 1, "A5"}}, pool.Unknown)
	require.Len(t, pool.People, 1, "who could be read is given")
}

func TestStatus(t *testing.T) {
	t.Parallel()
	pool, err := ReadPeople(read(t, "people.csv", "gender,age,status\nmale,30+,\nmale,30+,selected\nmale,30+,Confirmed\nmale,30+,WITHDRAWN\nmale,30+,deleted\nmale,30+,pool\n"), targets(t, small), Columns{Status: "status"})
	require.NoError(t, err)
	require.Equal(t, append(advice.Statuses(), advice.InPool), pool.Status)
}

func TestAddress(t *testing.T) {
	t.Parallel()
	same := [][]string{
		{"12, Main St.", "AB1 2CD"}, {" 12 main  st", "ab1 2cd"}, {"12\u00a0MAIN ST", "AB1\t2CD "}, {"\ufeff12 Main St", "AB1. 2CD"},
	}
	for _, a := range same {
		require.Equal(t, "12 main st\nab1 2cd", Address(a...), a)
	}
	require.Equal(t, "2/14-a high st", Address("2 / 14 – A, High St"))
	for _, other := range [][]string{{"12 Main Street", "AB1 2CD"}, {"1 2 Main St", "AB1 2CD"}, {"12 Main St AB1", "2CD"}, {"1/2 Main St", "AB1 2CD"}, {"12 Main St", ""}} {
		require.NotEqual(t, Address(same[0]...), Address(other...), other)
	}
	for _, nobody := range [][]string{nil, {""}, {" . "}, {"", "AB1 2CD"}} {
		require.Empty(t, Address(nobody...), "nobody knows where")
	}
	require.Equal(t, "१२ मार्ग", Address("१२, मार्ग।"), "letters, marks and digits of every script")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	quotas := targets(t, "feature,value,min,max\ngender,female,3,4\ngender,male,3,4\nage,young,0,2\nage,old,0,3\n")
	person := func(i int, gender, age, address string) lottery.Person {
		return lottery.Person{ID: fmt.Sprint(i), Values: []string{gender, age}, Address: address}
	}
	people := []lottery.Person{
		person(1, "female", "young", "x"), person(2, "female", "old", "x"), person(3, "female", "old", "y"),
		person(4, "male", "old", ""), person(5, "male", "old", ""),
	}
	c := quotas.Check(people, 7)
	require.Equal(t, []string{
		`quotas.csv: a panel of 7 needs 7 people of different addresses, and the pool has 4`,
		`quotas.csv: the smallest maximum is 5 (age) and the largest minimum is 6 (gender): no size of a panel fits both; lower the minima of gender or raise the maxima of age`,
		`quotas.csv row 2: the maxima of gender and the people who are there fill 4 of 7 seats`,
		`quotas.csv C2: gender "female" needs 3 people of different addresses, and the pool has 3 people of 2 addresses`,
		`quotas.csv C3: gender "male" needs 3 people and the pool has 2`,
		`quotas.csv row 4: the maxima of age sum to 5 and a panel has 7 seats: raise them by 2`,
	}, lines(c.Problems))
	require.Equal(t, []CategoryCount{
		{"gender", 6, 8, []ValueCount{{quotas.Quotas[0], 3, 2}, {quotas.Quotas[1], 2, 2}}},
		{"age", 0, 5, []ValueCount{{quotas.Quotas[2], 1, 1}, {quotas.Quotas[3], 4, 4}}},
	}, c.Categories)
	require.Contains(t, lines(quotas.Check(people, 5).Problems), "quotas.csv row 2: the minima of gender sum to 6 and a panel has 5 seats: lower them by 1")
	require.Contains(t, lines(quotas.Check(nil, 0).Problems), "quotas.csv: a panel has one seat or more")

	good := targets(t, "feature,value,min,max\ngender,female,1,2\ngender,male,1,2\nage,young,0,2\nage,old,0,3\n").Check(people, 3)
	require.Empty(t, good.Problems)
}

func lines(p Problems) []string {
	var out []string
	for _, one := range p {
		out = append(out, one.String())
	}
	return out
}

func TestSplit(t *testing.T) {
	t.Parallel()
	pool, err := ReadPeople(read(t, "people.csv", "id,gender,age,note\na,male,30+,1\nb,nobody,30+,2\nc,female,30+,3\nd,female,30+,4\n"), targets(t, small), Columns{})
	require.Error(t, err)
	drawn, remaining := pool.Split([]int{2, 0})
	require.Equal(t, [][]string{{"a", "male", "30+", "1"}, {"d", "female", "30+", "4"}}, drawn.Rows)
	require.Equal(t, [][]string{{"b", "nobody", "30+", "2"}, {"c", "female", "30+", "3"}}, remaining.Rows)
	require.Equal(t, pool.Table.Header, drawn.Header)

	pool, err = ReadPeople(read(t, "people.csv", "gender,age\nmale,30+\nfemale,30+\n"), targets(t, small), Columns{})
	require.NoError(t, err)
	drawn, remaining = pool.Split([]int{1})
	require.Equal(t, []string{"id", "gender", "age"}, remaining.Header)
	require.Equal(t, [][]string{{"2", "female", "30+"}}, drawn.Rows)
	require.Equal(t, [][]string{{"1", "male", "30+"}}, remaining.Rows)
	require.Equal(t, []string{"gender", "age"}, pool.Table.Header, "the pool's own table stays as it was")
}

// TestWithout: who was selected before is taken out, by id, and who lives with them, by address.
func TestWithout(t *testing.T) {
	t.Parallel()
	columns := Columns{Address: []string{"street"}}
	pool, err := ReadPeople(read(t, "people.csv", "ID,gender,age,street\na,male,30+,1 Oak St\nb,male,30+,2 Oak St\nc,female,30+,1 OAK ST.\nd,female,30+,\ne,female,30+,3 Oak St\n"), targets(t, small), columns)
	require.NoError(t, err)
	left, byID, byAddress, err := pool.Without(read(t, "before.csv", "street;id;note\n1 oak st;a;x\n3 oak st;zz;\n;b;\n"), columns)
	require.NoError(t, err)
	require.Equal(t, []int{2, 2}, []int{byID, byAddress})
	require.Len(t, left.People, 1)
	require.Equal(t, "d", left.People[0].ID)
	require.Len(t, pool.People, 5)
	drawn, remaining := left.Split([]int{0})
	require.Equal(t, "d", drawn.Rows[0][0])
	require.Empty(t, remaining.Rows, "who may not be drawn does not remain")

	left, byID, byAddress, err = pool.Without(read(t, "before.csv", "id\nb\n"), columns)
	require.NoError(t, err)
	require.Equal(t, []int{1, 0, 4}, []int{byID, byAddress, len(left.People)})
	left, byID, byAddress, err = pool.Without(read(t, "before.csv", "street\n2 Oak St\n\"\"\n"), columns)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 4}, []int{byID, byAddress, len(left.People)})
	_, _, _, err = pool.Without(read(t, "before.csv", "name\nx\n"), columns)
	require.EqualError(t, err, "before.csv row 1: neither the column of ids nor those of addresses are here; the columns are: name")
}

// TestInstances reads the instances that were kept apart from this program.
func TestInstances(t *testing.T) {
	t.Parallel()
	root := realdata.Path(t, "sortition")
	for name, want := range map[string]struct{ people, size, quotas, problems int }{
		"mass_like_24":      {70, 24, 14, 0},
		"hd_like_30":        {239, 30, 23, 0},
		"infeas_30":         {239, 30, 23, 3}, // minima that sum to 46, more than any panel of the other categories has, and one of 23 where 20 people are
		"parity_2":          {7, 2, 6, 0},
		"country_5k_100":    {5000, 100, 24, 0},
		"sf_e_like_110":     {1727, 110, 31, 0},
		"sf_e_like_hh_110":  {1727, 110, 31, 0},
		"sf_e_like_hh_110/": {1727, 110, 31, 0},
	} {
		var columns Columns
		if strings.HasSuffix(name, "/") {
			columns.Address = []string{"address", "zip"}
		}
		open := func(file string) Table {
			f, err := os.Open(filepath.Join(root, name, file))
			require.NoError(t, err)
			defer f.Close()
			table, err := Read(file, f)
			require.NoError(t, err)
			return table
		}
		quotas, err := ReadQuotas(open("categories.csv"))
		require.NoError(t, err, name)
		pool, err := ReadPeople(open("respondents.csv"), quotas, columns)
		require.NoError(t, err, name)
		check := quotas.Check(pool.People, want.size)
		require.Equal(t, []int{want.people, want.quotas}, []int{len(pool.People), len(quotas.Quotas)}, name)
		require.Len(t, check.Problems, want.problems, "%s: %v", name, check.Problems)
		_, err = lottery.NewOrbits(lottery.Instance{Size: want.size, Quotas: quotas.Quotas, People: pool.People})
		require.NoError(t, err, name)
	}
}
