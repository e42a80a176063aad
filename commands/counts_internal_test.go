package commands

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// What counts something is not below 0, neither in what commands take nor in what their schemas say.
func TestNothingIsCountedBelowZero(t *testing.T) {
	t.Parallel()
	b := builder{defs: map[string]*schema{}, names: map[reflect.Type]string{}}
	seen := 0
	for _, c := range All() {
		for i, m := range formOf(c.content).members {
			if !counts(m) {
				continue
			}
			seen++
			read := func(n int) error {
				return readContent(fmt.Appendf(nil, `{%q: %d}`, m.name, n), reflect.New(c.content).Interface())
			}
			require.ErrorIs(t, read(-1), domain.ErrInvalidField, "%s of %s", m.name, c.Name)
			require.NoError(t, read(0), "%s of %s", m.name, c.Name)
			is := b.object(c.content).Properties[i].is
			require.Zero(t, *is.Minimum, "%s of %s", m.name, c.Name)
		}
	}
	require.Greater(t, seen, 40)
}
