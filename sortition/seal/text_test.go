package seal

import (
	"encoding/json"
	"strings"
	"testing"

	"daybook.internal/sortition/lottery"
	"github.com/stretchr/testify/require"
)

func TestReadTexts(t *testing.T) {
	t.Parallel()
	v, _ := vector(t)
	for name, s := range map[string]struct{ text, from, to string }{
		"another form":           {v.PoolText, "daybook-pool/1", "daybook-pool/2"},
		"another order":          {v.PoolText, "p-ada", "z"},
		"an upper case salt":     {v.PoolText, v.People[0].Salt.String(), strings.ToUpper(v.People[0].Salt.String())},
		"a needless escape":      {v.PoolText, "p-ada", `p-\ada`},
		"an open escape":         {v.PoolText, "p-ada", `p-ada\`},
		"a value too few":        {v.PoolText, "\tfemale", ""},
		"no end of the last":     {v.PoolText, "male\t30+\n", "male\t30+"},
		"a carriage return":      {v.PoolText, "\n", "\r\n"},
		"quotas: a leading zero": {v.QuotasText, "size\t3", "size\t03"},
		"quotas: no number":      {v.QuotasText, "size\t3", "size\tx"},
		"quotas: another word":   {v.QuotasText, "quota\t", "quote\t"},
		"panels: another number": {v.PanelsText, "panels\t3", "panels\t2"},
		"panels: another order":  {v.PanelsText, "p-ada\tp-d\\te", "p-d\\te\tp-ada"},
	} {
		changed := strings.ReplaceAll(s.text, s.from, s.to)
		require.NotEqual(t, s.text, changed, name)
		if name == "no end of the last" {
			changed = strings.TrimSuffix(s.text, "\n")
		}
		var err error
		switch {
		case strings.HasPrefix(s.text, poolForm):
			_, err = ReadPool([]byte(changed))
		case strings.HasPrefix(s.text, quotasForm):
			_, err = ReadQuotas([]byte(changed))
		default:
			_, err = ReadPanels([]byte(changed))
		}
		require.ErrorIs(t, err, ErrText, name)
	}
	for _, empty := range []string{"", "\n", "daybook-pool/1", "daybook-pool/1\n"} {
		_, err := ReadPool([]byte(empty))
		require.ErrorIs(t, err, ErrText, empty)
	}
	_, err := Panels{1, [][]string{{"nobody"}}}.Index(lottery.Instance{})
	require.ErrorIs(t, err, ErrText)
}

// FuzzTexts: what reads as a pool, quotas or panels is exactly what is written for them.
func FuzzTexts(f *testing.F) {
	v, _ := vector(f)
	for _, text := range []string{v.PoolText, v.QuotasText, v.PanelsText, "daybook-panels/1\npanels\t0\t0\n", "daybook-panels/1\npanels\t1\t0\n\\\\t\\\\\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ReadPool(b); err == nil {
			require.Equal(t, string(b), string(p.Text()))
			if p.Check() == nil {
				for _, r := range p.Receipts() {
					require.NoError(t, r.Check(p.Root(), len(p.People)))
				}
			}
		}
		if q, err := ReadQuotas(b); err == nil {
			require.Equal(t, string(b), string(q.Text()))
		}
		if p, err := ReadPanels(b); err == nil {
			require.Equal(t, string(b), string(p.Text()))
		}
	})
}

// FuzzReceipt: no receipt that was not given holds.
func FuzzReceipt(f *testing.F) {
	v, pool := vector(f)
	given := map[string]bool{}
	for _, r := range pool.Receipts() {
		b, err := json.Marshal(r)
		require.NoError(f, err)
		given[string(b)] = true
		f.Add(b)
	}
	for _, ticket := range (Counts{3, []Count{{"a", 1}, {"b", 2}}}).Tickets() {
		b, err := json.Marshal(ticket)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ReadReceipt(b); err == nil && r.Check(v.PoolRoot, 5) == nil {
			again, err := json.Marshal(r)
			require.NoError(t, err)
			require.True(t, given[string(again)])
		}
		if ticket, err := ReadTicket(b); err == nil {
			require.NotEmpty(t, ticket.String())
			require.ErrorIs(t, ticket.Check(v.PoolRoot, 5), ErrReceipt)
		}
	})
}
