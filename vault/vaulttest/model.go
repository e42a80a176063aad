package vaulttest

import (
	"maps"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/vault"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// testModel drives a vault by random calls beside a map that does the same. It is opened again now and then, without having been closed.
func testModel(b bundle) {
	const places, texts = 9, 3
	v := b.reopen()
	b.Cleanup(func() { _ = v.Close() })
	rapid.Check(b.T, func(t *rapid.T) {
		model := map[vault.Place]vault.Opening{}
		all := make([]vault.Place, places)
		for n := range all {
			all[n] = At(n)
		}
		require.NoError(t, v.Erase(b.Context(), all...), "every walk begins with nothing")
		some := func(name string) []int { return rapid.SliceOfN(rapid.IntRange(0, places-1), 1, 4).Draw(t, name) }
		said := func() []byte {
			return []byte([]string{"", "one", "another"}[rapid.IntRange(0, texts-1).Draw(t, "text")])
		}
		keeper, keeps := v.(vault.Keeper)
		t.Repeat(map[string]func(*rapid.T){
			"seal": func(*rapid.T) {
				var given []vault.Words
				for _, n := range some("seal") {
					given = append(given, vault.Words{Place: At(n), Subject: Of(n), Words: said()})
				}
				want, conflict := maps.Clone(model), false
				for _, w := range given {
					have, sealed := want[w.Place]
					conflict = conflict || (sealed && string(have.Words) != string(w.Words))
					if !sealed {
						want[w.Place] = vault.Opening{Place: w.Place, Subject: w.Subject, Words: w.Words}
					}
				}
				c, err := v.Seal(b.Context(), given...)
				if conflict {
					require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
					return
				}
				require.NoError(t, err)
				for i, w := range given {
					o, err := v.Open(b.Context(), w.Place)
					require.NoError(t, err)
					require.Equal(t, c[i], o.Commitment())
					if have, sealed := model[w.Place]; sealed {
						require.Equal(t, have.Salt, o.Salt, "the salt stays")
					}
					expected := want[w.Place]
					expected.Salt = o.Salt
					want[w.Place] = expected
				}
				model = want
			},
			"keep": func(*rapid.T) {
				if !keeps {
					t.Skip("it makes all salts itself")
				}
				want, conflict := maps.Clone(model), false
				var given []vault.Opening
				for _, n := range some("keep") {
					o := vault.Opening{Place: At(n), Subject: Of(n), Salt: domain.Salt{byte(rapid.IntRange(1, 2).Draw(t, "salt"))}, Words: said()}
					given = append(given, o)
					have, kept := want[o.Place]
					conflict = conflict || (kept && (string(have.Words) != string(o.Words) || have.Salt != o.Salt))
					if !kept {
						want[o.Place] = o
					}
				}
				if err := keeper.Keep(b.Context(), given...); conflict {
					require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
				} else {
					require.NoError(t, err)
					model = want
				}
			},
			"erase": func(*rapid.T) {
				var gone []vault.Place
				for _, n := range some("erase") {
					gone = append(gone, At(n))
					delete(model, At(n))
				}
				require.NoError(t, v.Erase(b.Context(), gone...))
			},
			"reopen": func(*rapid.T) {
				next := b.reopen()
				_ = v.Close()
				v = next
				keeper, keeps = v.(vault.Keeper)
			},
			"": func(*rapid.T) {
				for _, at := range all {
					o, err := v.Open(b.Context(), at)
					want, sealed := model[at]
					if !sealed {
						require.ErrorIs(t, err, vault.ErrNotFound)
						continue
					}
					require.NoError(t, err)
					require.Equal(t, want.Salt, o.Salt)
					require.Equal(t, want.Subject, o.Subject)
					require.True(t, slices.Equal(want.Words, o.Words))
				}
			},
		})
	})
}
