package verify_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/replay"
	"daybook.internal/replay/verify"
	"daybook.internal/replay/verify/verifytest"
	"daybook.internal/simulate"
	"daybook.internal/sortition/beacon"
)

// byLot are the options of an edition whose countries amend quotas, replace people, and announce anew what was void.
var byLot = simulate.Options{Seed: 1, Countries: 4, Citizens: 10}

// drawn is that edition until the last seat is answered for.
func drawn(t *testing.T) *verifytest.Log {
	t.Helper()
	l := verifytest.Synthetic(t, byLot)
	last := 0
	for i, r := range l.Records {
		if r.Type == "seat-answered.v1" {
			last = i
		}
	}
	l.Records = l.Records[:last+1]
	return l
}

func below(t *testing.T, dir string) fs.FS {
	t.Helper()
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, root.Close()) })
	return root.FS()
}

var ofFiles = []string{"pools", "panels", "lotteries", "replays"}

func outcomes(t *testing.T, r verify.Report) (of []verify.Outcome) {
	t.Helper()
	for _, name := range ofFiles {
		of = append(of, check(t, r, name).Outcome)
	}
	return of
}

func TestSelections(t *testing.T) {
	t.Parallel()
	l, draws := drawn(t), verifytest.Draws(t, byLot)
	where := l.Published(t).Dir(t)
	files := verifytest.DrawFiles(draws)
	const passed, asks, undone = verify.Passed, verify.NotAsked, verify.NotDone
	only := func(suffix string) func(verifytest.Files) {
		return func(f verifytest.Files) {
			for name := range f {
				if !strings.HasSuffix(name, suffix) {
					delete(f, name)
				}
			}
		}
	}
	one := slices.Sorted(func(yield func(string) bool) {
		for dir := range draws {
			if !yield(dir) {
				return
			}
		}
	})[0]
	for name, c := range map[string]struct {
		change  func(verifytest.Files)
		replay  bool
		come    []verify.Outcome
		verdict verify.Verdict
	}{
		"all":          {func(verifytest.Files) {}, true, []verify.Outcome{passed, passed, passed, passed}, verify.Verified},
		"no replay":    {func(verifytest.Files) {}, false, []verify.Outcome{passed, passed, passed, asks}, verify.Verified},
		"panels alone": {only("panels.txt"), false, []verify.Outcome{asks, passed, asks, asks}, verify.Verified},
		"pools alone":  {only("pool.txt"), false, []verify.Outcome{passed, asks, asks, asks}, verify.Verified},
		"a pool less":  {func(f verifytest.Files) { delete(f, one+"/pool.txt") }, true, []verify.Outcome{undone, passed, undone, undone}, verify.NotVerified},
		"panels less":  {func(f verifytest.Files) { delete(f, one+"/panels.txt") }, true, []verify.Outcome{passed, undone, undone, passed}, verify.NotVerified},
		"none":         {func(f verifytest.Files) { clear(f) }, true, []verify.Outcome{undone, undone, undone, undone}, verify.NotVerified},
		"under no name": {func(f verifytest.Files) {
			f["elsewhere/1/pool.txt"] = f[one+"/pool.txt"]
			only("elsewhere/1/pool.txt")(f)
		}, false, []verify.Outcome{undone, undone, undone, asks}, verify.NotVerified},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := files.Clone()
			c.change(f)
			told := ""
			doing := func(what string, _, _ int) { told = what }
			r := checked(t, where, verify.Options{Key: l.Keys.Verifier, Selections: below(t, f.Dir(t)), ReplayLotteries: c.replay, Doing: doing})
			require.Equal(t, c.replay && len(f) > 0, strings.HasPrefix(told, "building lottery"), told)
			require.Empty(t, r.Findings)
			require.Empty(t, r.Notices, "nothing to know: what was void was void before its rounds")
			require.Equal(t, c.come, outcomes(t, r), "%+v", r.Checks)
			require.Equal(t, c.verdict, r.Verdict)
			if name == "all" {
				for _, name := range ofFiles {
					require.EqualValues(t, len(draws), check(t, r, name).Count)
				}
				require.EqualValues(t, 2*len(draws), check(t, r, "rounds").Count)
			}
		})
	}
	r := checked(t, where, verify.Options{Key: l.Keys.Verifier, ReplayLotteries: true})
	require.Equal(t, []verify.Outcome{asks, asks, asks, asks}, outcomes(t, r))
	require.Equal(t, verify.Verified, r.Verdict)
}

// What cannot be told is not done, and says why.
func TestSelectionsThatCannotBeTold(t *testing.T) {
	t.Parallel()
	l, draws := drawn(t), verifytest.Draws(t, byLot)
	replaced := l.Find(t, "selection-announced.v1", 0, func(f domain.Fact) bool { return len(f.Event.(domain.SelectionAnnounced).Vacant) > 0 })
	f, err := l.Records[replaced].Decode()
	require.NoError(t, err)
	first := string(f.Event.(domain.SelectionAnnounced).Dialogue) + "/1"
	asked := func(l *verifytest.Log, files verifytest.Files) verify.Report {
		return checked(t, l.Published(t).Dir(t), verify.Options{Key: l.Keys.Verifier, Selections: below(t, files.Dir(t))})
	}
	files := verifytest.DrawFiles(draws)

	part := files.Clone()
	delete(part, first+"/pool.txt")
	r := asked(l, part)
	require.Empty(t, r.Findings)
	require.Equal(t, verify.NotDone, check(t, r, "pools").Outcome)
	require.Contains(t, check(t, r, "pools").Detail, "so that what is left open of the quotas cannot be told")

	for text, says := range map[string]string{`{"form":"daybook-draw/1"}`: `this is "daybook-draw/1", not daybook-lottery/1`, `{"form":`: "unexpected end of JSON input"} {
		other := files.Clone()
		delete(other, first+"/panels.txt")
		other[first+"/lottery.json"] = []byte(text)
		r = asked(l, other)
		require.Equal(t, map[string]uint64{replay.SortitionWrong: 1}, r.Found)
		require.Contains(t, r.Findings[0].Problem, says)
	}

	unread := l.Clone()
	unread.Records[replaced].Type = "lottery-changed.v1"
	r = asked(unread, files)
	require.Equal(t, []verify.Outcome{verify.NotDone, verify.NotDone, verify.NotDone, verify.NotAsked}, outcomes(t, r))
	require.Equal(t, verify.NotDone, check(t, r, "rounds").Outcome)

	none := l.Clone()
	i := none.Find(t, "selection-announced.v1", 0, func(f domain.Fact) bool { return string(f.Event.(domain.SelectionAnnounced).Dialogue)+"/1" == first })
	none.Drop(i)
	none.Renumber()
	r = asked(none, files)
	require.NotEmpty(t, r.Findings)
	require.Equal(t, verify.NotDone, check(t, r, "pools").Outcome)
	require.Contains(t, check(t, r, "pools").Detail, "no selection on record filled all seats")
}

// What stands in the place of a file and is none leads nowhere.
func TestHostileSelections(t *testing.T) {
	t.Parallel()
	l, draws := drawn(t), verifytest.Draws(t, byLot)
	where := l.Published(t).Dir(t)
	var one string
	for one = range draws {
		break
	}
	for name, c := range map[string]struct {
		put   func(path string) error
		finds bool
	}{
		"a pipe":        {func(path string) error { return syscall.Mkfifo(path, 0o600) }, false},
		"a directory":   {func(path string) error { return os.Mkdir(path, 0o700) }, false},
		"a link out":    {func(path string) error { return os.Symlink("/etc/passwd", path) }, false},
		"a device":      {func(path string) error { return os.Symlink("/dev/zero", path) }, false},
		"nothing in it": {func(path string) error { return os.WriteFile(path, nil, 0o600) }, true},
		"garbage":       {func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("\x00\xff\t\n"), 5000), 0o600) }, true},
		"no people":     {func(path string) error { return os.WriteFile(path, []byte("daybook-pool/1\ncategories\n"), 0o600) }, true},
		"too long a file": {func(path string) error {
			return os.WriteFile(path, nil, 0o600) // and then a hole
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := verifytest.DrawFiles(draws).Dir(t)
			path := filepath.Join(dir, filepath.FromSlash(one), "pool.txt")
			require.NoError(t, os.Remove(path))
			require.NoError(t, c.put(path))
			if name == "too long a file" {
				require.NoError(t, os.Truncate(path, 1<<30))
			}
			r := checked(t, where, verify.Options{Key: l.Keys.Verifier, Selections: below(t, dir), ReplayLotteries: true})
			if c.finds {
				require.NotZero(t, r.Found[replay.SortitionWrong], "%+v", r.Checks)
				return
			}
			require.Empty(t, r.Findings)
			require.Equal(t, verify.NotDone, check(t, r, "pools").Outcome, "%+v", r.Checks)
			require.Equal(t, verify.NotVerified, r.Verdict)
		})
	}
}

// Nobody is believed who says that a round is missing, and nobody can show it: that it exists its signature shows.
func TestMissedRounds(t *testing.T) {
	t.Parallel()
	l := drawn(t)
	own := beacon.Synthetic("synthetic", [32]byte{1}, 1704067200, 3)
	a := l.Find(t, "selection-announced.v1", 0, nil)
	l.Event(t, a, func(e domain.Event) domain.Event {
		of := e.(domain.SelectionAnnounced)
		of.Beacon = lots.Declare(own.Chain, true)
		return of
	})
	var pinned uint64
	l.Event(t, l.Find(t, "beacon-observed.v1", 0, nil), func(e domain.Event) domain.Event {
		o := e.(domain.BeaconObserved)
		pinned = uint64(o.Round)
		stand := own.Round(pinned + 1200)
		o.Round, o.Signature, o.Randomness, o.Missed = int(pinned)+1200, fmt.Sprintf("%x", stand.Signature), stand.Randomness(), "nobody could get it"
		return o
	})
	where := l.Published(t).Dir(t)
	right, other := beacon.Write(own.Round(pinned)), beacon.Write(own.Round(pinned+1))
	forged := beacon.Write(beacon.Round{Number: pinned, Signature: own.Round(pinned + 1).Signature})
	for name, c := range map[string]struct {
		rounds []byte
		is     verify.Outcome
	}{
		"none":           {nil, verify.NotAsked},
		"others":         {other, verify.NotAsked},
		"it exists":      {slices.Concat(other, right), verify.Finds},
		"it is forged":   {forged, verify.NotDone},
		"forged as well": {slices.Concat(forged, right), verify.Finds},
		"no JSON":        {[]byte("42"), verify.NotDone},
		"no round":       {[]byte(`{"round":0}`), verify.NotDone},
		"cut off":        {right[:100], verify.NotDone},
	} {
		r := checked(t, where, verify.Options{Key: l.Keys.Verifier, Rounds: c.rounds})
		is := check(t, r, "rounds")
		require.Equal(t, c.is, is.Outcome, "%s: %+v", name, is)
		require.Equal(t, c.is == verify.Finds, slices.ContainsFunc(r.Findings, func(f verify.Finding) bool {
			return strings.Contains(f.Problem, "it exists, and its signature is right")
		}), name)
		require.Len(t, r.Notices, 1, name)
		require.Equal(t, verify.NoticeFallback, r.Notices[0].Notice)
		require.Contains(t, r.Notices[0].Text, fmt.Sprintf("round %d stands in for round %d, the first one of selection 1: %q", pinned+1200, pinned, "nobody could get it"))
	}
}

// Whoever voids a selection when its outcome can be known, and draws again, may do so; and it is told.
func TestVoidSelections(t *testing.T) {
	t.Parallel()
	honest := drawn(t)
	replaced := honest.Find(t, "selection-announced.v1", 0, func(f domain.Fact) bool { return len(f.Event.(domain.SelectionAnnounced).Vacant) > 0 })
	f, err := honest.Records[replaced].Decode()
	require.NoError(t, err)
	dialogue := f.Event.(domain.SelectionAnnounced).Dialogue
	for typ, says := range map[string]string{
		"panel-drawn.v1":   "the selection was void after its second round",
		"lottery-built.v1": "the selection was void after its first round",
		"rounds-pinned.v1": "",
		"":                 "",
	} {
		l := honest.Clone()
		if typ != "" {
			i := l.Find(t, typ, 0, func(f domain.Fact) bool { return f.Stream == domain.SortitionStream(dialogue) })
			f, err := l.Records[i].Decode()
			require.NoError(t, err)
			f.Meta.Command = "void"
			l.Insert(t, i, l.Records[i].Stream, f.Meta, domain.SelectionVoided{Dialogue: dialogue, Selection: 1, Reason: "others were hoped for", By: "somebody"})
			l.Renumber()
		}
		r := checked(t, l.Published(t).Dir(t), verify.Options{Key: l.Keys.Verifier})
		if says == "" {
			require.Empty(t, r.Notices, typ)
			continue
		}
		require.Len(t, r.Notices, 1, typ)
		require.Equal(t, verify.NoticeVoid, r.Notices[0].Notice)
		require.Contains(t, r.Notices[0].Text, says)
		require.Contains(t, r.Notices[0].Text, `"others were hoped for", says somebody; selection 2 came after it`)
	}
}
