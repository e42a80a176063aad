package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/vault"
)

// typed runs a command line in this process and gives what it prints.
func typed(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot(&out, &errs)
	root.SetArgs(args)
	require.NoError(t, root.ExecuteContext(t.Context()), "%v: %s", args, errs.String())
	return out.String()
}

// The words that are looked for: of every kind of which the vault has any.
const (
	saidStrata, saidNeeds, saidName, saidContact = "markedstrata", "markedneeds", "Marked Name", "marked@example.org"
	saidOther                                    = "markedother@example.org"
	saidAloud, saidOpenly, saidAtTheTable        = "marked words of a statement", "markedanswer", "marked note of a table"
)

var said = []string{saidStrata, saidNeeds, saidName, saidContact, saidOther, saidAloud, saidOpenly, saidAtTheTable}

// line is a line of a file of commands.
func line(n *int, name, content string) string {
	*n++
	return fmt.Sprintf(`{"command":"marked-%02d","name":%q,"actor":"coordinator:ada","content":%s}`+"\n", *n, name, content)
}

// markedDay is the edition of the documentation with an open question and a worksheet besides, and a day on which the marked words are said.
func markedDay(t *testing.T) string {
	t.Helper()
	edition, err := os.ReadFile(filepath.Join("..", "..", "docs", "edition.ndjson"))
	require.NoError(t, err)
	lines, n := strings.SplitAfter(string(edition), "\n"), 0
	const digest = `"64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525"`
	approved := func(id, kind, more string) string {
		return line(&n, "add-artefact-version", `{"edition":"ed_2026","artefact":"`+id+`","version":1,"kind":"`+kind+`",`+more+`"sourceLang":"fr","content":`+digest+`,"wordingLocked":true,"author":"committee"}`) +
			line(&n, "record-review", `{"artefact":"`+id+`","version":1,"reviewer":"rosa","partner":"pt_science","kind":"committee","verdict":"approve"}`) +
			line(&n, "approve-artefact", `{"artefact":"`+id+`","version":1,"quorum":1}`)
	}
	prepared := approved("ar_sheet", "worksheet", "") +
		approved("ar_why", "question", `"question":{"kind":"open","unit":"individual","text":{"source":"fr","text":{"fr":"Pourquoi ?"}},"options":[],"maxRunes":40},`) +
		line(&n, "define-session", `{"edition":"ed_2026","session":"s2","ordinal":2,"topic":"data","kind":"thematic","chamber":"citizen","instruments":[{"artefact":{"id":"ar_why","version":1},"wave":"session"}],"plannedMinutes":90}`)

	const who, other = "pa_3ebb002df1c20e9ac3ad8c4a913604ec", "pa_4511075376ad03b8851f4535cdc821a1"
	root, proofs := domain.SealCodes("dl_lyon", []domain.Pseudonym{"code-1", "code-2"})
	proof, err := json.Marshal(proofs["code-1"])
	require.NoError(t, err)
	open := func(session, instrument string) string {
		return line(&n, "open-session", `{"dialogue":"dl_lyon","session":"`+session+`","chamber":"citizen","issuedCodes":2,"codesCommitment":"`+root.String()+`","instruments":[{"id":"`+instrument+`","version":1}]}`)
	}
	stakeholder := func(id, told string) string {
		return line(&n, "register-participant", `{"participant":"`+id+`","dialogue":"dl_lyon","chamber":"stakeholder","route":"stakeholderInvite","stakeholderGroup":"farmers","language":"fr","support":[],`+told+`}`)
	}
	day := line(&n, "declare-interest", `{"edition":"ed_2026","partner":"pt_FR","person":"fay","statement":{"source":"fr","text":{"fr":"Rien."}},"topics":[],"level":"none"}`) +
		stakeholder("pa_marked", `"strata":"`+saidStrata+`","accessNeeds":"`+saidNeeds+`","name":"`+saidName+`","contact":"`+saidContact+`"`) +
		stakeholder("pa_other", `"name":"Somebody Else","contact":"`+saidOther+`"`) +
		open("s1", "ar_2026-who") +
		line(&n, "check-in", `{"participant":"`+who+`","dialogue":"dl_lyon","by":"hal"}`) +
		line(&n, "check-in", `{"participant":"`+other+`","dialogue":"dl_lyon","by":"hal"}`) +
		line(&n, "form-table", `{"dialogue":"dl_lyon","table":"1","session":"s1","chamber":"citizen","facilitator":"fay","members":["`+who+`","`+other+`"],"waiver":{"rule":"tableSize","reason":"few came","approvedBy":"hal"}}`) +
		line(&n, "record-table-output", `{"dialogue":"dl_lyon","table":"1","output":"sheet","session":"s1","template":{"id":"ar_sheet","version":1},"items":[{"item":"1","kind":"idea","text":"An idea that stays.","lang":"fr"},{"item":"2","kind":"idea","text":"`+saidAtTheTable+`","lang":"fr"}],"by":"fay"}`) +
		line(&n, "post-statement", `{"conversation":"dl_lyon","statement":"1","kind":"statement","text":"Words that stay.","lang":"fr","author":"code-2"}`) +
		line(&n, "post-statement", `{"conversation":"dl_lyon","statement":"2","kind":"statement","text":"`+saidAloud+`","lang":"fr","author":"code-1"}`) +
		line(&n, "react", `{"conversation":"dl_lyon","statement":"2","respondent":"code-2","value":"agree"}`) +
		line(&n, "close-session", `{"dialogue":"dl_lyon","session":"s1","minutes":90,"checkedIn":2}`) +
		open("s2", "ar_why") +
		line(&n, "cast-ballot", `{"dialogue":"dl_lyon","pseudonym":"code-1","session":"s2","wave":"session","question":{"id":"ar_why","version":1},"lang":"fr","text":"`+saidOpenly+`","channel":"app","issued":`+string(proof)+`}`)
	for i, l := range lines {
		if strings.Contains(l, `"freeze-protocol"`) {
			lines[i] = prepared + l
		}
	}
	return strings.Join(lines, "") + day
}

// forgetMarked are the commands that erase them.
func forgetMarked() string {
	n := 90
	words := func(stream string, version int, field string) string {
		return line(&n, "erase-words", fmt.Sprintf(`{"in":{"stream":%q,"version":%d},"field":%q,"requestedAt":"2025-11-01T09:00:00.000Z","legalBasis":"request","by":"dpo"}`, stream, version, field))
	}
	return line(&n, "erase-personal-data", `{"participant":"pa_marked","dialogue":"dl_lyon","requestedAt":"2025-11-01T09:00:00.000Z","legalBasis":"request"}`) +
		words("participant-pa_other", 1, "contact") + words("statement-dl_lyon/2", 1, "text") + words("table-dl_lyon/1", 2, "items.2.text") + words("ballot-dl_lyon/code-1", 1, "answer.text")
}

// boxes are what the vault's file has of openings whose words are among those that are looked for: the sealed words, and the wrapped keys.
func boxes(t *testing.T, dir string, of map[vault.Place]string) (found map[string][]byte) {
	t.Helper()
	c, err := sqlitefile.Connect(vaultFile(dir), "mode=ro")
	require.NoError(t, err)
	found = map[string][]byte{}
	for at, words := range of {
		for row, err := range c.Query("SELECT o.sealed, s.key, s.subject FROM openings o JOIN subjects s ON s.subject = o.subject WHERE o.event = ? AND o.field = ?", at.Event[:], at.Field) {
			require.NoError(t, err)
			found["the box of "+words] = row[0].([]byte)
			if subject := row[2].(string); subject != "participant-pa_other" && subject != "table-dl_lyon/1" { // of whom something is left
				found["the key of "+words] = row[1].([]byte)
			}
		}
	}
	require.NoError(t, c.Close())
	return found
}

// openMarked reads the words by the vault, and gives the places of those that are looked for, as far as they are there.
func openMarked(t *testing.T, dir string) map[vault.Place]string {
	t.Helper()
	n, err := openNode(t.Context(), dir)
	require.NoError(t, err)
	found := map[vault.Place]string{}
	for e, err := range n.ledger.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		f, err := e.Record.Decode()
		require.NoError(t, err)
		for field, commitment := range domain.Commitments(f.Event) {
			at := vault.Place{Event: f.ID, Field: field}
			o, err := n.vault.Open(t.Context(), at)
			if err != nil {
				require.ErrorIs(t, err, vault.ErrNotFound)
				continue
			}
			require.Equal(t, commitment, o.Commitment())
			for _, words := range said {
				if words == string(o.Words) {
					found[at] = words
				}
			}
		}
	}
	require.NoError(t, n.Close())
	return found
}

// inFiles tells which bytes stand in any file of a folder.
func inFiles(t *testing.T, dir string, wanted map[string][]byte) (found []string) {
	t.Helper()
	seen := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		for name, b := range wanted {
			require.NotEmpty(t, b)
			if bytes.Contains(data, b) {
				found = append(found, name+" in "+path)
			}
		}
		return nil
	}))
	require.Greater(t, seen, 3)
	return found
}

func inPlain() map[string][]byte {
	wanted := map[string][]byte{}
	for _, words := range said {
		wanted[words] = []byte(words)
	}
	return wanted
}

// pages reads everything that the API serves: every document, with words where they are offered, and every event.
func pages(t *testing.T, dir string) map[string]string {
	t.Helper()
	n, err := openNode(t.Context(), dir)
	require.NoError(t, err)
	require.NoError(t, n.catchUp(t.Context(), &program{out: io.Discard, err: io.Discard, quiet: true}))
	h := api.Handler(api.Config{Service: n.service, Store: n.store, Log: slog.New(slog.DiscardHandler), Local: true, Stopping: t.Context()})
	got := map[string]string{}
	get := func(path string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, http.StatusOK, w.Code, path)
		got[path] = w.Body.String()
	}
	for _, v := range projections.All() {
		for d, err := range n.store.List(t.Context(), v.Name, "", 0) {
			require.NoError(t, err)
			get("/v1/views/" + v.Name + "/" + d.Key)
			if v.Name == projections.Statement.Name { // only these have words
				get("/v1/views/" + v.Name + "/" + d.Key + "?words=true")
			}
		}
	}
	get("/v1/events?limit=200")
	for seq := range records(t, dir) {
		get(fmt.Sprint("/v1/events/", seq))
	}
	require.NoError(t, n.Close())
	return got
}

// TestErasedForGood: words of every kind are said, can be read, and never lie on the disk in plain; they are erased, and then there is no byte left of
// them, while every commitment and every count stays. What said them is sent again, and they do not come back.
func TestErasedForGood(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	dir, day, forget := filepath.Join(work, "data"), filepath.Join(work, "day.ndjson"), filepath.Join(work, "forget.ndjson")
	require.NoError(t, os.WriteFile(day, []byte(markedDay(t)), 0o600))
	require.NoError(t, os.WriteFile(forget, []byte(forgetMarked()), 0o600))

	typed(t, "run", day, "--data", dir, "-o", "ndjson")
	marked := openMarked(t, dir)
	require.Len(t, marked, len(said), "all can be read")
	require.Empty(t, inFiles(t, dir, inPlain()), "but not by who has the files alone")
	sealed := boxes(t, dir, marked)
	require.Len(t, sealed, len(said)+6)
	require.Len(t, inFiles(t, dir, sealed), len(sealed), "what is looked for later is found now")
	before := pages(t, dir)
	for path, page := range before {
		for _, words := range said {
			require.Equal(t, path == "/v1/views/statement/dl_lyon/2?words=true" && words == saidAloud, strings.Contains(page, words), "%q in %s", words, path)
		}
	}
	report := typed(t, "vault", "check", "--data", dir, "-o", "ndjson")
	require.Contains(t, report, `"erased":0,"missing":0,"differs":0,"notErased":0,"unclaimed":0,"pools":0,"findings":[]`)

	typed(t, "run", forget, "--data", dir)
	require.Empty(t, openMarked(t, dir))
	typed(t, "vault", "compact", "--data", dir)
	gone := func() {
		t.Helper()
		require.Empty(t, inFiles(t, dir, inPlain()))
		require.Empty(t, inFiles(t, dir, sealed))
		require.Empty(t, openMarked(t, dir))
		require.Contains(t, typed(t, "vault", "check", "--data", dir, "-o", "ndjson"), `"erased":8,"missing":0,"differs":0,"notErased":0,"unclaimed":0,"pools":0,"findings":[]`)
		require.Contains(t, typed(t, "replay", "--data", dir, "-o", "ndjson"), `"mismatches":0`)
	}
	gone()
	after := pages(t, dir)
	for path, page := range after {
		for _, words := range said {
			require.NotContains(t, page, words, path)
		}
		switch was, known := before[path]; {
		case !known, strings.HasPrefix(path, "/v1/events?"): // the erasures
		case strings.HasPrefix(path, "/v1/views/dialogue/"):
			require.Equal(t, strings.Replace(was, `"deviations":0}`, `"deviations":0,"wordsErased":4}`, 1), page)
		case strings.HasPrefix(path, "/v1/views/recruitment/"):
			require.Equal(t, strings.Replace(was, `"erased":0`, `"erased":1`, 1), page)
		case path == "/v1/views/statement/dl_lyon/2?words=true":
			require.Contains(t, page, `"words":null,"erased":true`)
			require.Contains(t, page, strings.TrimSpace(before["/v1/views/statement/dl_lyon/2"]), "the commitment stays, and so does every count")
		default:
			require.Equal(t, was, page, path)
		}
	}
	require.Len(t, openMarked(t, dir), 0)

	answers := typed(t, "run", day, "--data", dir, "-o", "ndjson")
	require.Equal(t, strings.Count(markedDay(t), "\n"), strings.Count(answers, `"result":"already done"`), answers)
	answers = typed(t, "run", forget, "--data", dir, "-o", "ndjson")
	require.Equal(t, 5, strings.Count(answers, `"result":"already done"`))
	gone()
}
