package replay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// edit replaces the only place where old stands.
func edit(data *[]byte, old, new string) {
	if bytes.Count(*data, []byte(old)) != 1 {
		panic(fmt.Sprintf("%q does not stand once in %s", old, *data))
	}
	*data = bytes.Replace(*data, []byte(old), []byte(new), 1)
}

// renumber makes Seq dense again, as somebody would who forges a record with care.
func (w *world) renumber() {
	for i := range w.records {
		w.records[i].Seq = uint64(i)
	}
}

func (w *world) first(typ string) *domain.Record { return &w.records[w.find(typ, 0)] }

// Whoever changes the record is found out, and the finding names the place: the record itself where it cannot stand as it is, and otherwise a document
// that it makes different.
func TestManipulatedRecords(t *testing.T) {
	t.Parallel()
	reaction := honest().find("reaction-cast.v1", 0)
	agree := slices.IndexFunc(honest().records, func(r domain.Record) bool { return bytes.Contains(r.Data, []byte(`"value":"agree"`)) })
	last := len(honest().records) - 1
	final := last // the last reaction, after which its respondent is silent
	for honest().records[final].Type != "reaction-cast.v1" {
		final--
	}
	record := func(seq int) string { return fmt.Sprintf("record %d", seq) }
	for name, c := range map[string]struct {
		change func(w *world)
		finds  string
	}{
		// bytes
		"a vote":              {func(w *world) { edit(&w.records[agree].Data, `"value":"agree"`, `"value":"disagree"`) }, "statement dl_FR/"},
		"a vote in a country": {func(w *world) { edit(&w.records[agree].Data, `"value":"agree"`, `"value":"pass"`) }, "country FR"},
		"an answer":           {func(w *world) { edit(&w.first("ballot-cast.v1").Data, `{"option":"`, `{"nonresponse":"`) }, "answers ed_demo"},
		"a commitment":        {func(w *world) { r := w.first("statement-posted.v1"); flipHex(r.Data, `"text":"`) }, "statement dl_FR/1"},
		"a text":              {func(w *world) { edit(&w.first("recommendation-drafted.v1").Data, "Give everybody", "Give nobody") }, "recommendation rc_fr_1"},
		"a threshold":         {func(w *world) { edit(&w.first("endorsement-opened.v1").Data, `"threshold":"1/2"`, `"threshold":"1/3"`) }, "recommendation rc_fr_1"},
		"a source": {func(w *world) {
			edit(&w.first("recommendation-drafted.v1").Data, "statement-dl_FR/2", "statement-dl_FR/4")
		}, "lineage statement-dl_FR/2"},
		"a place":                  {func(w *world) { edit(&w.first("dialogue-registered.v1").Data, `"place":"FR"`, `"place":"GF"`) }, "country FR: does not follow"},
		"the dialogue of an event": {func(w *world) { edit(&w.records[reaction].Meta, `"dialogue":"dl_FR"`, `"dialogue":"dl_XX"`) }, "country FR"},
		"the edition of an event":  {func(w *world) { edit(&w.records[reaction].Meta, `"source":"ed_demo"`, `"source":"ed_other"`) }, "global ed_other: is missing"},
		"when it happened": {func(w *world) {
			edit(&w.first("session-opened.v1").Meta, `"occurredat":"2025-10-10T08:1`, `"occurredat":"2025-10-10T07:1`)
		}, "dialogue dl_FR"},
		// form
		"a blank in the data":        {func(w *world) { edit(&w.records[agree].Data, `"value":`, `"value": `) }, record(agree)},
		"a blank in the meta":        {func(w *world) { edit(&w.records[agree].Meta, `"command":`, ` "command":`) }, record(agree)},
		"a newline after the data":   {func(w *world) { w.records[agree].Data = append(w.records[agree].Data, '\n') }, record(agree)},
		"another escape":             {func(w *world) { edit(&w.records[agree].Data, `"agree"`, `"\u0061gree"`) }, record(agree)},
		"members in another order":   {func(w *world) { swapMembers(&w.records[agree].Data) }, record(agree)},
		"a member more":              {func(w *world) { edit(&w.records[agree].Data, `"value":`, `"valid":true,"value":`) }, record(agree)},
		"a member less":              {func(w *world) { edit(&w.records[agree].Data, `,"value":"agree"`, ``) }, record(agree)},
		"a member twice":             {func(w *world) { edit(&w.records[agree].Data, `"value":"agree"`, `"value":"agree","value":"agree"`) }, record(agree)},
		"a number in another form":   {func(w *world) { edit(&w.records[agree].Data, `"revision":1`, `"revision":1.0`) }, record(agree)},
		"cut data":                   {func(w *world) { d := &w.records[agree].Data; *d = (*d)[:len(*d)-1] }, record(agree)},
		"no data":                    {func(w *world) { w.records[agree].Data = nil }, record(agree)},
		"no meta":                    {func(w *world) { w.records[agree].Meta = nil }, record(agree)},
		"not UTF-8":                  {func(w *world) { edit(&w.records[agree].Data, `"agree"`, "\"agre\xff\"") }, record(agree)},
		"another type of that shape": {func(w *world) { w.first("consent-given.v1").Type = "consent-withdrawn.v1" }, record(honest().find("consent-given.v1", 0))},
		// places
		"Seq":               {func(w *world) { w.records[agree].Seq++ }, record(agree)},
		"Seq of the first":  {func(w *world) { w.records[0].Seq = 7 }, "record 0 must stand here"},
		"Revision":          {func(w *world) { w.records[agree].Revision++ }, record(agree)},
		"stream":            {func(w *world) { w.first("endorsement-opened.v1").Stream = "recommendation-other" }, record(honest().find("endorsement-opened.v1", 0))},
		"stream of a draft": {func(w *world) { w.records[w.find("recommendation-drafted.v1", last-30)].Stream += "x" }, "record "},
		"id of a statement": {func(w *world) { w.first("statement-posted.v1").ID[3]++ }, "statement dl_FR/1"},
		"dropped":           {func(w *world) { w.records = slices.Delete(w.records, agree, agree+1) }, record(agree)},
		"dropped with care": {func(w *world) { w.records = slices.Delete(w.records, final, final+1); w.renumber() }, fmt.Sprintf("reflects %d records, the ledger has %d", last+1, last)},
		"dropped with more care": {func(w *world) {
			w.records = slices.Delete(w.records, final, final+1)
			w.renumber()
			for i := range w.views {
				w.views[i].At--
			}
		}, "statement dl_BR/"},
		"the first dropped":      {func(w *world) { w.records = w.records[1:] }, "record 0 must stand here"},
		"the last dropped":       {func(w *world) { w.records = w.records[:last] }, fmt.Sprintf("reflects %d records, the ledger has %d", last+1, last)},
		"the tail dropped":       {func(w *world) { w.records = w.records[:100] }, fmt.Sprintf("reflects %d records, the ledger has 100", last+1)},
		"everything dropped":     {func(w *world) { w.records = nil }, "the ledger has 0"},
		"swapped":                {func(w *world) { w.swap(agree) }, record(agree)},
		"swapped with care":      {func(w *world) { w.swap(last - 3); w.renumber() }, "lineage statement-dl_FR/2"},
		"doubled":                {func(w *world) { w.records = slices.Insert(w.records, agree, w.records[agree]) }, record(agree)},
		"doubled with care":      {func(w *world) { w.records = slices.Insert(w.records, agree, w.records[agree]); w.renumber() }, record(agree + 1)},
		"inserted":               {func(w *world) { w.insert(agree) }, "statement dl_FR/"},
		"inserted into a stream": {func(w *world) { w.insert(agree); w.records[agree].Stream = w.records[0].Stream }, record(agree)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := honest().clone()
			c.change(&w)
			require.NotEqual(t, honest().records, w.records, "nothing was changed")
			requireFinding(t, w.run(t, replay.Head), c.finds)
		})
	}
}

// swap exchanges the record at i with the next one that is of another stream.
func (w *world) swap(i int) {
	j := i + 1
	for w.records[j].Stream == w.records[i].Stream {
		j++
	}
	w.records[i], w.records[j] = w.records[j], w.records[i]
}

// insert puts the reaction of somebody who never was there at i.
func (w *world) insert(i int) {
	forged := w.records[i]
	var e domain.ReactionCast
	if f, err := forged.Decode(); err == nil {
		e = f.Event.(domain.ReactionCast)
	}
	e.Respondent, e.Revision, e.Replaces = "nobody", 1, ""
	forged.Stream, forged.Revision = domain.ReactionsStream(e.Conversation, e.Respondent), 0
	_, forged.Data, _ = domain.Encode(e)
	w.records = slices.Insert(w.records, i, forged)
	w.renumber()
}

// flipHex changes the first digit after a prefix.
func flipHex(data []byte, prefix string) {
	i := bytes.Index(data, []byte(prefix)) + len(prefix)
	data[i] = "123456789abcdef0"[bytes.IndexByte([]byte("0123456789abcdef"), data[i])]
}

func swapMembers(data *[]byte) {
	i, j := bytes.IndexByte(*data, ','), bytes.LastIndexByte(*data, ',')
	first, rest, last := string((*data)[1:i]), string((*data)[i+1:j]), string((*data)[j+1:len(*data)-1])
	*data = []byte("{" + last + "," + rest + "," + first + "}")
}

// A type that this version does not know says nothing about the record: it could not be checked.
func TestUnknownEventType(t *testing.T) {
	t.Parallel()
	w := honest().clone()
	w.records[50].Type = "reaction-cast.v2"
	require.NotEqual(t, honest().records, w.records)
	report, err := replay.Run(context.Background(), source(w.records), w.served(), replay.Head, nil)
	var unknown *domain.UnknownEventError
	require.ErrorAs(t, err, &unknown)
	require.ErrorContains(t, err, "record 50")
	require.Zero(t, report.Mismatches)
	require.EqualValues(t, 50, report.Events)
}

// Whatever is served and does not follow from the record is named by its view and its key.
func TestManipulatedDocuments(t *testing.T) {
	t.Parallel()
	head := uint64(len(honest().records))
	conversation := slices.IndexFunc(honest().views, func(v replay.ServedView) bool { return v.View == projections.Conversation.Name })
	for name, c := range map[string]struct {
		change func(w *world)
		finds  string
	}{
		"a digit":         {func(w *world) { edit(&w.doc("country", "KE").Data, `"dialogues":1`, `"dialogues":2`) }, "country KE: differs from the record at byte "},
		"a byte more":     {func(w *world) { d := w.doc("global", "ed_demo"); d.Data = append(d.Data, '\n') }, "global ed_demo: differs"},
		"a byte less":     {func(w *world) { d := w.doc("global", "ed_demo"); d.Data = d.Data[:len(d.Data)-1] }, "global ed_demo: differs"},
		"no bytes":        {func(w *world) { w.doc("global", "ed_demo").Data = nil }, "global ed_demo: differs"},
		"the first byte":  {func(w *world) { w.doc("global", "ed_demo").Data[0] ^= 1 }, "differs from the record at byte 0"},
		"another's bytes": {func(w *world) { w.doc("country", "KE").Data = w.doc("country", "FR").Data }, "country KE: differs"},
		"At lower":        {func(w *world) { w.doc("recommendation", "rc_ke_1").At-- }, "recommendation rc_ke_1: is said to reflect"},
		"At higher":       {func(w *world) { w.doc("recommendation", "rc_ke_1").At++ }, "recommendation rc_ke_1: is said to reflect"},
		"At beyond":       {func(w *world) { w.doc("recommendation", "rc_ke_1").At = head + 1 }, "recommendation rc_ke_1: is said to reflect"},
		"damage":          {func(w *world) { w.doc("dialogue", "dl_BR").Damage = errors.New("its digest does not hold") }, "dialogue dl_BR: its digest does not hold"},
		"first dropped":   {func(w *world) { w.docs["country"] = w.docs["country"][1:] }, "country BR: is missing"},
		"middle dropped":  {func(w *world) { w.docs["country"] = slices.Delete(w.docs["country"], 1, 2) }, "country FR: is missing"},
		"last dropped":    {func(w *world) { w.docs["country"] = w.docs["country"][:2] }, "country KE: is missing"},
		"all dropped":     {func(w *world) { w.docs["country"] = nil }, "country FR: is missing"},
		"first added":     {func(w *world) { w.add("country", 0, "AA") }, "country AA: does not follow"},
		"middle added":    {func(w *world) { w.add("country", 2, "GG") }, "country GG: does not follow"},
		"last added":      {func(w *world) { w.add("country", 3, "ZZ") }, "country ZZ: does not follow"},
		"added at 0":      {func(w *world) { w.add("country", 3, "ZZ"); w.docs["country"][3].At = 0 }, "country ZZ: does not follow"},
		"doubled":         {func(w *world) { w.docs["country"] = slices.Insert(w.docs["country"], 1, w.docs["country"][0]) }, "country BR: does not follow"},
		"swapped":         {func(w *world) { d := w.docs["country"]; d[0], d[1] = d[1], d[0] }, "country BR"},
		"keys exchanged":  {func(w *world) { d := w.docs["country"]; d[0].Document, d[1].Document = d[1].Document, d[0].Document }, "country FR"},
		"renamed":         {func(w *world) { w.doc("country", "KE").Key = "KF" }, "country KE: is missing"},
		"view beyond":     {func(w *world) { w.views[0].At = head + 1 }, w0("view: reflects")},
		"view behind":     {func(w *world) { w.views[conversation].At = head / 2 }, projections.Conversation.Name},
		"view at 0":       {func(w *world) { w.views[conversation].At = 0 }, "does not follow"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := honest().clone()
			c.change(&w)
			require.False(t, equalDocs(honest(), w) && slices.Equal(honest().views, w.views), "nothing was changed")
			report := w.run(t, replay.Head)
			require.Equal(t, head, report.Events, "the record is replayed to its end")
			requireFinding(t, report, c.finds)
		})
	}
}

// What this version cannot rebuild, it cannot check: that is no finding.
func TestViewsThatCannotBeRebuilt(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world){
		"another version": func(w *world) { w.views[0].Version++ },
		"version zero":    func(w *world) { w.views[0].Version = 0 },
		"unknown view":    func(w *world) { w.views[0].View = "opinions" },
	} {
		w := honest().clone()
		change(&w)
		report, err := replay.Run(t.Context(), source(w.records), w.served(), replay.Head, nil)
		require.ErrorIs(t, err, replay.ErrVersion, name)
		require.Zero(t, report.Mismatches, name)
	}
}

func w0(rest string) string { return honest().views[0].View + " " + rest }

func (w *world) add(view string, at int, key string) {
	d := w.docs[view][0]
	d.Key = key
	w.docs[view] = slices.Insert(w.docs[view], at, d)
}

func equalDocs(a, b world) bool {
	for view := range a.docs {
		if !slices.EqualFunc(a.docs[view], b.docs[view], func(x, y replay.ServedDocument) bool {
			return x.Key == y.Key && x.At == y.At && bytes.Equal(x.Data, y.Data) && x.Damage == y.Damage
		}) {
			return false
		}
	}
	return true
}

// Any byte of a document counts.
func TestBytesCount(t *testing.T) {
	t.Parallel()
	w := honest().clone()
	docs := w.docs["recommendation"]
	d := &docs[1]
	for i := 0; i < len(d.Data); i += 13 {
		d.Data[i]++
		report := w.run(t, replay.Head)
		require.EqualValues(t, 1, report.Mismatches)
		require.Contains(t, report.Findings[0].Problem, fmt.Sprintf("at byte %d: ", i))
		d.Data[i]--
	}
	require.Zero(t, w.run(t, replay.Head).Mismatches)
}
