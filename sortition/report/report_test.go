package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/tables"
	"github.com/stretchr/testify/require"
)

// pool is one of nine women and three men, from which a panel of four has two of each.
func pool(t *testing.T) (lottery.Instance, *lottery.Lottery) {
	t.Helper()
	in := lottery.Instance{Size: 4, Quotas: []lottery.Quota{{Category: "gender", Value: "f", Min: 2, Max: 2}, {Category: "gender", Value: "m", Min: 2, Max: 3}}}
	for i := range 12 {
		in.People = append(in.People, lottery.Person{ID: fmt.Sprint("p", i), Values: []string{[]string{"m", "f", "f", "f"}[i%4]}})
	}
	l, err := lottery.Build(in, lottery.Options{Panels: 90}, nil)
	require.NoError(t, err)
	return in, l
}

func TestReport(t *testing.T) {
	t.Parallel()
	in, l := pool(t)
	near := []advice.WhatIf{{Change: advice.Change{Category: "gender", Value: "f", Bound: advice.Maximum, From: 2, To: 3}, Minimum: 0.25, Gain: 0.0278}}
	r, err := New(in, l, 7, near)
	require.NoError(t, err)
	require.Equal(t, []Category{{"gender", []Value{
		{"f", 2, 2, Share{2, 4}, Share{2, 4}, 9, Share{9, 12}, 2, Share{2, 4}, 20, Share{180, 810}, 20},
		{"m", 2, 3, Share{2, 4}, Share{3, 4}, 3, Share{3, 12}, 2, Share{2, 4}, 60, Share{180, 270}, 60},
	}}}, r.Categories)
	require.Equal(t, []Chance{{20, Share{20, 90}, 9}, {60, Share{60, 90}, 3}}, r.Chances)
	require.Equal(t, "2/9", r.Bound)
	require.NotEmpty(t, r.Why)

	var b bytes.Buffer
	require.NoError(t, r.Shares().Write(&b, tables.Form{}))
	require.Equal(t, "category,value,min,max,target least %,target most %,pool,pool %,selected,selected %,min tickets,mean chance %,max tickets\r\n"+
		"gender,f,2,2,50.0,50.0,9,75.0,2,50.0,20,22.2,20\r\ngender,m,2,3,50.0,75.0,3,25.0,2,50.0,60,66.7,60\r\n", b.String())
	b.Reset()
	require.NoError(t, r.Distribution().Write(&b, tables.Form{}))
	require.Equal(t, "tickets,of,chance %,chance without quotas %,people\r\n20,90,22.2,33.3,9\r\n60,90,66.7,33.3,3\r\n", b.String())
	b.Reset()
	require.NoError(t, r.Figures().Write(&b, tables.Form{}))
	require.Contains(t, b.String(), "drawn panel,7\r\n")
	require.Contains(t, b.String(), `near miss: raise the maximum of gender ""f"" from 2 to 3","smallest chance 0.2500, 0.0278 more"`)
	require.Equal(t, []string{"p0", "60", "90", "66.7"}, Tickets(in, l).Rows[0])

	whole, err := json.Marshal(r)
	require.NoError(t, err)
	require.Contains(t, string(whole), `"selectedShare":50.0`)
}

// TestBeforeTheDraw: nobody is selected yet, and a test run says so in every table.
func TestBeforeTheDraw(t *testing.T) {
	t.Parallel()
	in, l := pool(t)
	r, err := New(in, l, -1, nil)
	require.NoError(t, err)
	r.Test = true
	require.Equal(t, []string{"not a draw", "gender", "f", "2", "2", "50.0", "50.0", "9", "75.0", "", "", "20", "22.2", "20"}, r.Shares().Rows[0])
	for _, table := range []tables.Table{r.Shares(), r.Distribution(), r.Figures()} {
		require.Equal(t, "TEST RUN", table.Header[0])
		for _, row := range table.Rows {
			require.Equal(t, "not a draw", row[0])
		}
	}
	whole, err := json.Marshal(r)
	require.NoError(t, err)
	require.Contains(t, string(whole), `"selectedShare":null`)
	require.NotContains(t, string(whole), `"drawn"`)
	_, err = New(in, l, 90, nil)
	require.ErrorIs(t, err, lottery.ErrCheck)
	_, err = New(lottery.Instance{}, l, -1, nil)
	require.ErrorIs(t, err, lottery.ErrCheck)
}

func TestShare(t *testing.T) {
	t.Parallel()
	for s, want := range map[Share]string{{2, 3}: "66.7", {1, 3}: "33.3", {1, 2000}: "0.1", {1, 2001}: "0.0", {0, 5}: "0.0", {5, 5}: "100.0", {1, 0}: "", {1, 8}: "12.5"} {
		require.Equal(t, want, s.String(), s)
	}
}
