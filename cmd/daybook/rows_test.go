package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/stretchr/testify/require"
)

// Rows that are written as they come look like rows that are written at once, up to the length of a part of a table.
func TestRows(t *testing.T) {
	t.Parallel()
	type row struct {
		N     int      `json:"n"`
		Text  string   `json:"text"`
		Parts []string `json:"parts"`
	}
	header := table.Row{"n", "text"}
	columns := func(r row) table.Row { return table.Row{r.N, r.Text} }
	for _, n := range []int{0, 1, 3, tablePart, tablePart + 1, 3 * tablePart} {
		all := []row{}
		for i := range n {
			all = append(all, row{i, fmt.Sprintf("<%d>, \"a\"\nb", i), []string{"x", "y\n"}})
		}
		for _, form := range outputs {
			var streamed, whole bytes.Buffer
			w := newRows(&program{out: &streamed, output: form}, header, columns, func() { t.Error("this is no terminal") })
			for _, r := range all {
				require.NoError(t, w.add(r))
				require.LessOrEqual(t, w.part.Length(), tablePart)
			}
			require.NoError(t, w.end())
			require.NoError(t, printRows(&program{out: &whole, output: form}, all, all, header, columns))
			switch {
			case form == "csv":
				rows, err := csv.NewReader(&streamed).ReadAll()
				require.NoError(t, err)
				require.Len(t, rows, n+1)
				require.Equal(t, []string{"n", "text"}, rows[0])
				for i, r := range rows[1:] {
					require.Equal(t, []string{fmt.Sprint(i), all[i].Text}, r)
				}
			case form == "table" && n > tablePart:
				parts := (n + tablePart - 1) / tablePart
				require.Equal(t, parts, strings.Count(streamed.String(), "┌"))
				require.Contains(t, streamed.String(), fmt.Sprintf("<%d>", n-1))
			default:
				require.Equal(t, whole.String(), streamed.String(), "%s of %d", form, n)
			}
		}
	}
}

// failing is an output that is full, or that nobody reads any more.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestRowsThatNobodyReads(t *testing.T) {
	t.Parallel()
	for _, form := range outputs {
		w := newRows(&program{out: failing{}, output: form}, table.Row{"n"}, func(n int) table.Row { return table.Row{n} }, nil)
		require.ErrorIs(t, errors.Join(w.add(1), w.end()), os.ErrClosed, form)
	}
}

// A read that waits does not keep the program from stopping, and what was read is what was there.
func TestInterruptible(t *testing.T) {
	t.Parallel()
	all, err := io.ReadAll(interruptible{t.Context(), strings.NewReader("all of it")})
	require.NoError(t, err)
	require.Equal(t, "all of it", string(all))

	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	defer out.Close()
	read := make(chan error)
	go func() {
		_, err := interruptible{ctx, in}.Read(make([]byte, 1))
		read <- err
	}()
	cancel()
	require.ErrorIs(t, <-read, context.Canceled)
}
