package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/simulate"
	"daybook.internal/sortition/seal"
	"daybook.internal/vault"
)

// drawnPool is a data directory in which a selection came to its end, with salts of the vault, and what its operator has besides.
type drawnPool struct {
	dir, key string
	sealing  commands.SealSelection
	panels   seal.Panels
	event    domain.EventID // that sealed the pool
	in       domain.Ref     // it
	drawn    domain.PanelDrawn
	node     *node
	now      *time.Time
}

// drawPool runs a simulated edition up to the end of its first selection. The simulation brings salts, so that it is the same twice; here nobody brings any.
func drawPool(t *testing.T) *drawnPool {
	t.Helper()
	work := t.TempDir()
	d := &drawnPool{dir: filepath.Join(work, "data"), key: filepath.Join(work, "vault.key"), now: new(time.Time)}
	d.open(t)
	defer d.close(t)
	version := func(s domain.StreamID) (n uint64) {
		for _, err := range d.node.ledger.Stream(t.Context(), s, 0) {
			require.NoError(t, err)
			n++
		}
		return n
	}
	head := func() uint64 {
		n, err := d.node.ledger.Head(t.Context())
		require.NoError(t, err)
		return n
	}
	unsalted := func(people []commands.Person) []commands.Person {
		people = slices.Clone(people)
		for i := range people {
			people[i].Salt = domain.Digest{}
		}
		return people
	}
	for l, err := range simulate.Lines(simulate.Options{Seed: 1, Countries: 3, Citizens: 10}, version, head) {
		require.NoError(t, err)
		*d.now = l.At.Std()
		last := false
		switch c := l.Content.(type) {
		case commands.SealSelection:
			c.People = unsalted(c.People)
			d.sealing, l.Content = c, c
			d.event = domain.NewEventID(l.ID, domain.SortitionStream(c.Dialogue), 0)
		case commands.BuildLottery:
			c.People = unsalted(c.People)
			d.panels = seal.Panels{Size: len(c.Panels[0])}
			for _, panel := range c.Panels {
				var names []string
				for _, i := range panel {
					names = append(names, string(c.People[i].ID))
				}
				d.panels.List = append(d.panels.List, names)
			}
			l.Content = c
		case commands.DrawPanel:
			c.People = unsalted(c.People)
			last, l.Content = c.Dialogue == d.sealing.Dialogue, c
		}
		r := d.do(t, commands.By{Command: l.ID, Actor: l.Actor, OccurredAt: l.Before}, l.Name, l.Content)
		if l.Name == "seal-selection" {
			d.in = domain.Ref{Stream: r.Stream, Version: r.Version}
		}
		if last {
			break
		}
	}
	require.NotEmpty(t, d.panels.List)
	st, _, err := commands.Load[domain.SortitionState](t.Context(), d.node.ledger, d.in.Stream)
	require.NoError(t, err)
	d.drawn = *st.Selection().Drawn()
	return d
}

func (d *drawnPool) open(t *testing.T) {
	t.Helper()
	p := &program{out: io.Discard, err: io.Discard, quiet: true, vaultKey: d.key}
	var err error
	d.node, err = openNode(p.withVaultKey(t.Context()), d.dir)
	require.NoError(t, err)
	d.node.service.Now = func() time.Time { return *d.now }
}

func (d *drawnPool) close(t *testing.T) {
	t.Helper()
	require.NoError(t, d.node.Close())
}

func (d *drawnPool) do(t *testing.T, by commands.By, name string, content any) commands.Receipt {
	t.Helper()
	b, err := json.Marshal(content)
	require.NoError(t, err)
	c, ok := commands.ByName(name)
	require.True(t, ok, name)
	r, err := c.Run(t.Context(), d.node.service, by, b)
	require.NoError(t, err, "%s %s", name, b)
	return r
}

// try runs a command line in this process.
func (d *drawnPool) try(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot(&out, &errs)
	root.SetArgs(append(args, "--vault-key", d.key))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func (d *drawnPool) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := d.try(t, args...)
	require.NoError(t, err, "%v", args)
	return out
}

// receipt is what somebody gets from a data directory.
func (d *drawnPool) receipt(t *testing.T, dir string, id domain.ParticipantID, flags ...string) (string, error) {
	t.Helper()
	return d.try(t, append([]string{"sortition", "receipt", "--dialogue", string(d.sealing.Dialogue), "--selection", fmt.Sprint(d.sealing.Selection), "--person", string(id),
		"--panels", d.file(t, "panels.txt"), "--data", dir}, flags...)...)
}

// file is a file beside the data directory; panels.txt is written when it is asked for.
func (d *drawnPool) file(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(d.dir), name)
	if name == "panels.txt" {
		require.NoError(t, os.WriteFile(path, d.panels.Text(), 0o600))
	}
	return path
}

// salts are those of everybody who still has one.
func (d *drawnPool) salts(t *testing.T) map[string][]byte {
	t.Helper()
	d.open(t)
	defer d.close(t)
	found := map[string][]byte{}
	for _, p := range d.sealing.People {
		o, err := d.node.vault.Open(t.Context(), vault.Place{Event: d.event, Field: domain.PoolField(p.ID)})
		if err == nil {
			found["salt of "+string(p.ID)] = o.Salt[:]
			found["salt in digits of "+string(p.ID)] = fmt.Appendf(nil, "%x", o.Salt)
		} else {
			require.ErrorIs(t, err, vault.ErrNotFound)
		}
	}
	return found
}

// TestPoolReceipts: a whole selection; everybody in the pool gets a receipt, which somebody checks who has the published record and nothing else; whose data are erased gets none any more, and
// all others do, from the vault, its copies and its backups. No salt leaves the vault.
func TestPoolReceipts(t *testing.T) {
	t.Parallel()
	d := drawPool(t)
	everybody := map[domain.ParticipantID]string{}
	tickets := 0
	for _, p := range d.sealing.People {
		text, err := d.receipt(t, d.dir, p.ID)
		require.NoError(t, err)
		everybody[p.ID] = text
		var f chanceFile
		require.NoError(t, json.Unmarshal([]byte(text), &f))
		tickets += f.Chance.Tickets
		for name, value := range p.Strata {
			require.Equal(t, value, f.Pool.Values[name])
		}
	}
	require.Equal(t, d.panels.Size*len(d.panels.List), tickets, "every seat of every panel is somebody's ticket")
	salts := d.salts(t)
	require.Len(t, salts, 2*len(d.sealing.People))

	// What is published: a log, a bundle, an annex for those who may see words. A record is made of it, without a vault.
	key := d.must(t, "key", "--data", d.dir)
	require.NoError(t, os.WriteFile(d.file(t, "log.pub"), []byte(key), 0o600))
	d.must(t, "publish", "--data", d.dir, "-q")
	public := d.file(t, "public")
	require.NoError(t, os.Mkdir(public, 0o700))
	d.must(t, "export", "bundle", "--data", d.dir, "--out", filepath.Join(public, "bundle"), "--annex", filepath.Join(public, "annex.ndjson"), "-q")
	annex, err := os.ReadFile(filepath.Join(public, "annex.ndjson"))
	require.NoError(t, err)
	require.NotContains(t, string(annex), d.event.String(), "nothing of the pool is in an annex")
	require.Empty(t, inFiles(t, public, salts))
	require.Empty(t, inFiles(t, d.dir, salts), "in the data directory they are sealed")
	mirror := d.file(t, "mirror")
	d.must(t, "copy", "--from", "log:"+filepath.Join(public, "bundle"), "--key", d.file(t, "log.pub"), "--to", mirror, "-q")
	check := func(text string) (string, error) {
		name := d.file(t, "given.json")
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		return d.try(t, "sortition", "receipt", "--check", name, "--data", mirror)
	}
	one := d.drawn.Selected[0]
	for id, text := range everybody {
		said, err := check(text)
		require.NoError(t, err)
		var f chanceFile
		require.NoError(t, json.Unmarshal([]byte(text), &f))
		require.Equal(t, fmt.Sprintf("%s was in the pool of %d people of selection %d of %s: %s\n", id, len(d.sealing.People), d.sealing.Selection, d.sealing.Dialogue, f.Chance), said)
		require.Regexp(t, `: \d+ tickets? in 200\n$`, said)
	}
	given, err := os.ReadFile(d.file(t, "given.json"))
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(slices.Collect(maps.Values(salts)), func(salt []byte) bool { return bytes.Contains(given, salt) }), "where they are, they are found")
	d.forged(t, everybody[one], everybody[d.drawn.Selected[1]], check)

	var before vaultReport
	require.NoError(t, json.Unmarshal([]byte(d.must(t, "vault", "check", "--data", d.dir, "-o", "ndjson")), &before))
	require.GreaterOrEqual(t, before.Pools, len(everybody), "there may be pools of other dialogues")

	// Two are erased: one who was drawn, and one who never registered.
	at := slices.IndexFunc(d.sealing.People, func(p commands.Person) bool { return !slices.Contains(d.drawn.Selected, p.ID) })
	gone := []domain.ParticipantID{one, d.sealing.People[at].ID}
	d.must(t, "backup", "--data", d.dir, "--to", d.file(t, "before"), "-q")
	d.open(t)
	for _, id := range gone {
		by := commands.By{Command: "erase " + string(id), Actor: domain.Actor{Role: domain.Coordinator, Principal: "ada"}}
		d.do(t, by, "erase-words", commands.EraseWords{In: d.in, Field: domain.PoolField(id), RequestedAt: domain.TimeOf(*d.now), LegalBasis: "request", By: "dpo"})
	}
	d.close(t)
	others := func(t *testing.T, dir string, flags ...string) {
		t.Helper()
		for id, was := range everybody {
			text, err := d.receipt(t, dir, id, flags...)
			if slices.Contains(gone, id) {
				require.ErrorIs(t, err, domain.ErrErased)
				require.ErrorContains(t, err, "what the pool says of "+string(id)+" is erased, as the record declares: no receipt can be made any more; one that was given out stays good")
				require.Empty(t, text)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, was, text)
		}
		require.Contains(t, d.must(t, append([]string{"vault", "check", "--data", dir, "-o", "ndjson"}, flags...)...), fmt.Sprintf(`"differs":0,"notErased":0,"unclaimed":0,"pools":%d,"findings":[]`, before.Pools-len(gone)))
	}
	others(t, d.dir)
	_, err = check(everybody[one])
	require.NoError(t, err, "what was given out stays good")

	// In copies: a backup, a copy of the vault beside a copy of the record, and a backup of before, once its vault is compacted. Then under another key.
	d.must(t, "backup", "--data", d.dir, "--to", d.file(t, "after"), "-q")
	others(t, d.file(t, "after"))
	d.must(t, "copy", "--from", d.dir, "--to", d.file(t, "copied"), "-q")
	d.must(t, "vault", "copy", "--data", d.dir, "--to", d.file(t, "copied"), "-q")
	others(t, d.file(t, "copied"))
	t.Run("in PostgreSQL", func(t *testing.T) {
		dsn := pgtest.Launch(t, pgtest.Options{}).New(t).DSN(pgtest.Writer)
		d.must(t, "vault", "copy", "--data", d.dir, "--to", dsn, "-q")
		others(t, d.dir, "--vault", dsn)
	})
	restored := d.file(t, "before")
	d.must(t, "copy", "--from", d.dir, "--to", restored, "-q")
	_, err = d.try(t, "vault", "check", "--data", restored, "-o", "ndjson")
	require.Equal(t, exitViolation, exitCode(t.Context(), err), "a restored vault has them again")
	d.must(t, "vault", "compact", "--data", restored, "-q")
	others(t, restored)
	rotated := d.file(t, "rotated.key")
	d.must(t, "vault", "rotate", "--data", d.dir, "--new-key", rotated, "-q")
	d.key = rotated
	others(t, d.dir)
}

// forged: no member of a receipt can be changed, nor taken from somebody else's. Each refusal says whose receipt it is, and that it does not hold.
func (d *drawnPool) forged(t *testing.T, mine, theirs string, check func(string) (string, error)) {
	t.Helper()
	var other chanceFile
	require.NoError(t, json.Unmarshal([]byte(theirs), &other))
	category := ""
	for name := range other.Pool.Values {
		category = name
	}
	for name, forge := range map[string]func(*chanceFile){
		"one ticket more":     func(f *chanceFile) { f.Chance.Tickets++ },
		"fewer panels":        func(f *chanceFile) { f.Chance.Panels = 100 },
		"another's tickets":   func(f *chanceFile) { f.Chance = other.Chance },
		"another's place":     func(f *chanceFile) { f.Pool.Path, f.Pool.Index = other.Pool.Path, other.Pool.Index },
		"another name":        func(f *chanceFile) { f.Pool.Pseudonym, f.Chance.Pseudonym = "pa_me", "pa_me" },
		"another value":       func(f *chanceFile) { f.Pool.Values[category] += "?" },
		"another salt":        func(f *chanceFile) { f.Pool.Salt[0]++ },
		"a pool of one":       func(f *chanceFile) { f.Pool.Size, f.Pool.Index, f.Pool.Path = 1, 0, nil },
		"a value left out":    func(f *chanceFile) { delete(f.Pool.Values, category) },
		"another's address":   func(f *chanceFile) { f.Pool.Address = &seal.Hash{9} },
		"a path of the panel": func(f *chanceFile) { f.Chance.Path = f.Pool.Path },
	} {
		var f chanceFile
		require.NoError(t, json.Unmarshal([]byte(mine), &f))
		forge(&f)
		b, err := json.Marshal(f)
		require.NoError(t, err)
		said, err := check(string(b))
		require.ErrorIs(t, err, seal.ErrReceipt, name)
		require.Equal(t, exitViolation, exitCode(t.Context(), err), name)
		require.Empty(t, said, name)
	}
	for name, text := range map[string]string{"nothing": "{}", "another form": `{"form":"daybook-chance/2"}`, "a member more": `{"form":"daybook-chance/1","more":1}`} {
		_, err := check(text)
		require.ErrorIs(t, err, seal.ErrReceipt, name)
	}
}
