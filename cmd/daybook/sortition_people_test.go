package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/tables"
)

// twelve are people of whom two live together.
func twelve() *drawn {
	d := &drawn{size: 2, targets: tables.Targets{Quotas: []lottery.Quota{{Category: "age", Value: "old", Max: 2}, {Category: "age", Value: "young", Max: 2}}}}
	for i := range 12 {
		p := lottery.Person{ID: string(rune('a' + i)), Values: []string{[]string{"old", "young"}[i%2]}}
		if i < 2 {
			p.Address = "1 oak st"
		} else if i < 11 {
			p.Address = string(rune('0'+i)) + " elm st"
		}
		d.pool.People = append(d.pool.People, p)
	}
	return d
}

// TestPeople: a pool says who lives with whom and nothing else about it, under a key of its own.
func TestPeople(t *testing.T) {
	t.Parallel()
	d := twelve()
	list, again := people(d), people(d)
	for i, p := range list {
		require.Equal(t, i < 2, p.Address != domain.Digest{}, p.ID)
		require.Zero(t, p.Salt)
	}
	require.Equal(t, list[0].Address, list[1].Address)
	require.NotEqual(t, list[0].Address, again[0].Address, "another pool has another key")
	slices.Reverse(again)
	require.True(t, samePeople(list, again))
	for name, change := range map[string]func(d *drawn){
		"a value":        func(d *drawn) { d.pool.People[3].Values[0] = "old" },
		"an id":          func(d *drawn) { d.pool.People[3].ID = "z" },
		"a home":         func(d *drawn) { d.pool.People[1].Address = "9 oak st" },
		"a shared home":  func(d *drawn) { d.pool.People[2].Address = "1 oak st" },
		"somebody less":  func(d *drawn) { d.pool.People = d.pool.People[:11] },
		"others at home": func(d *drawn) { d.pool.People[1].Address, d.pool.People[2].Address = "2 elm st", "1 oak st" },
	} {
		other := twelve()
		change(other)
		require.False(t, samePeople(list, people(other)), name)
	}
}

// TestReplaced: who was drawn is not drawn again, nor who lives with somebody seated; and who left is replaced once.
func TestReplaced(t *testing.T) {
	t.Parallel()
	r := drawsOnRecord{id: "dl"}
	draw := func(number int, vacant, selected []domain.ParticipantID) {
		for _, e := range []domain.Event{
			domain.SelectionAnnounced{Dialogue: "dl", Selection: number, Size: len(selected), Vacant: vacant},
			domain.PanelDrawn{Dialogue: "dl", Selection: number, Selected: selected},
		} {
			r.see(domain.Fact{Event: e})
		}
	}
	answer := func(number int, id domain.ParticipantID, a domain.SeatAnswer) {
		r.see(domain.Fact{Event: domain.SeatAnswered{Dialogue: "dl", Selection: number, Participant: id, Answer: a}})
	}
	require.Nil(t, r.full())
	draw(1, nil, []domain.ParticipantID{"a", "c", "d"})
	require.Equal(t, []string{"a", "c", "d"}, r.last().unanswered(r.state))
	answer(1, "a", domain.SeatAccepted)
	answer(1, "c", domain.SeatDeclined)
	require.Equal(t, []domain.ParticipantID{"c"}, r.vacant())
	draw(2, []domain.ParticipantID{"c"}, []domain.ParticipantID{"e"})
	require.Empty(t, r.vacant())
	require.Equal(t, []domain.ParticipantID{"a", "d", "e"}, r.seated())
	answer(1, "d", domain.SeatWithdrawn)
	answer(2, "e", domain.SeatDeclined)
	require.Equal(t, []domain.ParticipantID{"d", "e"}, r.vacant())
	require.Equal(t, 1, r.full().number())
	require.True(t, r.last().before["c"])
	require.False(t, r.last().before["e"])

	s := &stepper{program: &program{quiet: true}, flags: &stepFlags{dir: t.TempDir()}, record: r}
	for _, one := range r.list {
		require.NoError(t, s.folder(one.number()).writeSealed(sealedFile{Form: sealedForm, People: people(twelve())}))
	}
	left, err := s.residual(r.full(), twelve(), 2)
	require.NoError(t, err)
	require.Equal(t, []int{1}, left.SameAddress, "b lives with a")
	require.Equal(t, []int{5, 6, 7, 8, 9, 10, 11}, left.People)
	require.Equal(t, 2, left.Instance.Size)

	r.see(domain.Fact{Event: domain.SelectionVoided{Dialogue: "dl", Selection: 2, Reason: "x", By: "y"}})
	require.Equal(t, []domain.ParticipantID{"c", "d"}, r.vacant(), "nobody was drawn, and nobody replaced")
}

// TestNothingIsHalfWritten: a file that cannot be written whole is not there, and not in the way of the next attempt.
func TestNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	path, full := filepath.Join(t.TempDir(), "selected.csv"), errors.New("no space left")
	require.ErrorIs(t, writeNew(path, 0o600, func(f *os.File) error {
		_, err := f.WriteString("id\n1\n")
		return errors.Join(err, full)
	}), full)
	require.NoFileExists(t, path)
	require.NoError(t, writeNew(path, 0o600, func(f *os.File) error { _, err := f.WriteString("id\n1\n2\n"); return err }))
	require.ErrorContains(t, writeNew(path, 0o600, func(*os.File) error { return nil }), "is there already")
	require.FileExists(t, path)
}
