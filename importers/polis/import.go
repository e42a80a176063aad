package polis

import (
	"cmp"
	"context"
	"fmt"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/vault"
)

// Options say what an export does not tell. What is empty is taken from an earlier import of the same files, or is the default.
type Options struct {
	Edition domain.EditionID // the edition that the conversations belong to, opened where it is not open yet; default: DefaultEdition
	Place   domain.Place     // where the conversation took place; default: unknown
	Lang    domain.Lang      // in which language; default: unknown
	Licence string           // under which licence the data come
}

// DefaultEdition is where imported conversations go unless somebody says otherwise.
const DefaultEdition domain.EditionID = "imported"

// orElse fills what is empty.
func (o Options) orElse(d Options) Options {
	return Options{cmp.Or(o.Edition, d.Edition), cmp.Or(o.Place, d.Place), cmp.Or(o.Lang, d.Lang), cmp.Or(o.Licence, d.Licence)}
}

// Result is what came of one import.
type Result struct {
	Conversation domain.ConversationID `json:"conversation"`
	Read         RowsRead              `json:"read"`
	Written      int                   `json:"written"`               // events that were not in the ledger before
	Skipped      map[string]int        `json:"skipped"`               // rows by reason
	Differences  []string              `json:"differences,omitempty"` // where the export's own totals and its rows disagree
}

// RowsRead counts the rows of an export.
type RowsRead struct {
	Comments int `json:"comments"`
	Votes    int `json:"votes"`
}

// appendChunk is about how many events wait for the disk together. It changes no result.
const appendChunk = 1000

// Import writes a checked export into the ledger: first that it is imported, then everything in the order in which it happened. Done again, or done
// to its end after it was cut off, it writes only what is missing. It rejects by domain.ErrDuplicate a conversation that is there from
// another source, and files that were imported under another name; nothing is written then. progress may be nil; it is told events done
// and events in all.
func Import(ctx context.Context, s *commands.Service, x *Export, opts Options, progress func(done, total int)) (Result, error) {
	result := Result{
		Conversation: domain.ConversationID(x.Name), Read: RowsRead{x.Read.Comments, x.Read.Votes}, Skipped: map[string]int{},
	}
	for reason, n := range x.Skipped {
		result.Skipped[reason] = n
	}
	for _, d := range x.Differences {
		result.Differences = append(result.Differences, d.String())
	}
	p, err := newPlan(x)
	if err != nil {
		return result, err
	}
	first, err := p.settle(ctx, s.Ledger, opts)
	if err != nil {
		return result, err
	}
	commitments, err := p.seal(ctx, s)
	if err != nil {
		return result, fmt.Errorf("seal the statements: %w", err)
	}
	edition, opened, err := p.openEdition(ctx, s)
	if err != nil {
		return result, err
	}
	meta := domain.Meta{Source: p.opts.Edition, Time: domain.TimeOf(s.Now()), Actor: importer, Command: p.command}
	if err := p.build(meta, edition, commitments); err != nil {
		return result, err
	}
	result.Written = opened
	if first {
		head := domain.ImportStream(p.recorded.Import)
		drafts, err := commands.Drafts(head, meta, 0, []domain.Event{p.recorded})
		if err != nil {
			return result, err
		}
		if _, err := s.Ledger.Append(ctx, head, 0, drafts...); err != nil {
			return result, fmt.Errorf("append to %s: %w", head, err)
		}
		result.Written++
	}
	n, err := p.frame(ctx, s, edition)
	result.Written += n
	if err != nil {
		return result, err
	}
	n, err = p.append(ctx, s.Ledger, progress)
	result.Written += n
	return result, err
}

// seal gives the commitments to the words of the statements. What was erased since an earlier import stays erased: its commitment is the one in the record.
func (p *plan) seal(ctx context.Context, s *commands.Service) ([]domain.Commitment, error) {
	commitments := make([]domain.Commitment, len(p.words))
	var fresh []vault.Words
	var places []int // of fresh, in p.words
	for i, w := range p.words {
		c, err := erased(ctx, s.Ledger, w)
		if err != nil {
			return nil, err
		}
		if commitments[i] = c; c == (domain.Commitment{}) {
			fresh, places = append(fresh, w), append(places, i)
		}
	}
	sealed, err := s.Vault.Seal(ctx, fresh...)
	if err != nil {
		return nil, err
	}
	for n, c := range sealed {
		commitments[places[n]] = c
	}
	return commitments, nil
}

// erased is the commitment to words that stands in the record, where it declares them erased; zero where it does not.
func erased(ctx context.Context, l ledger.Reader, w vault.Words) (domain.Commitment, error) {
	x, _, err := commands.Load[domain.Erasure](ctx, l, domain.ErasureStream(w.Event, w.Field))
	if err != nil || x.Erased() == nil {
		return domain.Commitment{}, err
	}
	for r, err := range l.Stream(ctx, w.Subject, x.Erased().In.Version-1) {
		if err != nil {
			return domain.Commitment{}, err
		}
		f, err := r.Decode()
		return domain.CommitmentIn(f.Event, w.Field), err
	}
	return domain.Commitment{}, nil
}

// settle keeps two sources from running into one conversation, and settles the options: an import that was begun goes on as it began. It tells whether
// the import is a new one.
func (p *plan) settle(ctx context.Context, l ledger.Reader, opts Options) (first bool, err error) {
	was, _, err := commands.Load[domain.Import](ctx, l, domain.ImportStream(p.recorded.Import))
	if err != nil {
		return false, err
	}
	if _, err := was.Record(p.recorded); err != nil {
		return false, err
	}
	var begun Options
	for r, err := range l.Stream(ctx, domain.ImportStream(p.recorded.Import), 0) {
		if err != nil {
			return false, err
		}
		f, err := r.Decode()
		if err != nil {
			return false, err
		}
		begun.Edition = f.Meta.Source
	}
	for r, err := range l.Stream(ctx, domain.DialogueStream(p.dialogue), 0) {
		if err != nil {
			return false, err
		}
		if r.ID != domain.NewEventID(p.command, r.Stream, 0) {
			return false, domain.Reject(domain.ErrDuplicate, "conversation %s is there already, from another source or another state of the export", p.conv)
		}
		f, err := r.Decode()
		if err != nil {
			return false, err
		}
		if d, ok := f.Event.(domain.DialogueRegistered); ok {
			begun.Place, begun.Lang = d.Place, d.Languages[0]
		}
		break
	}
	if asked := opts.orElse(begun); (begun.Edition != "" && asked.Edition != begun.Edition) || (begun.Place != "" && (asked.Place != begun.Place || asked.Lang != begun.Lang)) {
		return false, domain.Reject(domain.ErrDuplicate, "conversation %s was imported before, into edition %s, as of place %s in language %s; that cannot be changed by importing it again", p.conv, begun.Edition, begun.Place, begun.Lang)
	}
	p.opts = opts.orElse(begun).orElse(Options{Edition: DefaultEdition, Place: domain.UnknownPlace, Lang: domain.UnknownLang})
	p.recorded.Source.Licence = p.opts.Licence
	return was.Recorded() == nil, nil
}

// openEdition opens the edition unless it is open, and gives the number of events that this took.
func (p *plan) openEdition(ctx context.Context, s *commands.Service) (domain.Edition, int, error) {
	stream := domain.EditionStream(p.opts.Edition)
	e, _, err := commands.Load[domain.Edition](ctx, s.Ledger, stream)
	if err != nil || e.IsOpen() {
		return e, 0, err
	}
	_, err = s.OpenEdition(ctx, commands.By{Command: "polis/edition/" + string(p.opts.Edition), Actor: importer}, domain.EditionOpened{
		Edition: p.opts.Edition, Title: domain.In("en", "Imported conversations"), Mandate: domain.In("en", "Conversations that took place elsewhere"),
		Languages: []domain.Lang{p.opts.Lang}, Coordinator: "polis",
	})
	if err != nil {
		return e, 0, err
	}
	e, _, err = commands.Load[domain.Edition](ctx, s.Ledger, stream)
	return e, 1, err
}

// frame puts topic, session and description into the edition, and gives the number of events that this took.
func (p *plan) frame(ctx context.Context, s *commands.Service, e domain.Edition) (written int, err error) {
	by := func(what string) commands.By {
		return commands.By{Command: p.command + "/" + what, Actor: importer, Causation: &p.cause}
	}
	topic, session := domain.TopicID(p.conv), domain.SessionID(p.conv)
	if !e.HasTopic(topic) {
		label := p.export.Summary.Topic
		if label == "" {
			label = p.export.Name
		}
		if _, err = s.AddTopic(ctx, by("topic"), domain.TopicAdded{
			Edition: p.opts.Edition, Topic: topic, Label: domain.In(p.opts.Lang, label), Scope: domain.NationalScope, Dialogue: p.dialogue,
		}); err != nil {
			return written, err
		}
		written++
	}
	if _, known := e.Session(session); !known {
		if _, err = s.DefineSession(ctx, by("session"), domain.SessionDefined{
			Edition: p.opts.Edition, Session: session, Ordinal: e.NextOrdinal(domain.CitizenChamber), Topic: topic, Kind: domain.NationalSession, Chamber: domain.CitizenChamber,
		}); err != nil {
			return written, err
		}
		written++
	}
	m := p.material()
	if m == nil {
		return written, nil
	}
	_, version, err := commands.Load[domain.Artefact](ctx, s.Ledger, domain.ArtefactStream(m.Artefact))
	if err != nil || version > 0 {
		return written, err
	}
	if _, err = s.AddArtefactVersion(ctx, by("material"), commands.AddArtefactVersion{Edition: p.opts.Edition, ArtefactVersionAdded: *m}); err != nil {
		return written, err
	}
	return written + 1, nil
}

// append writes the batches in their order and gives the number of events that were new.
func (p *plan) append(ctx context.Context, l ledger.Ledger, progress func(done, total int)) (written int, err error) {
	total, done := p.recorded.Written, 0
	for from := 0; from < len(p.batches); {
		to, n := from, 0
		for to < len(p.batches) && n < appendChunk {
			n += len(p.batches[to].Drafts)
			to++
		}
		_, new, err := ledger.AppendBatches(ctx, l, p.batches[from:to])
		written += new
		if err != nil {
			return written, fmt.Errorf("append conversation %s: %w", p.conv, err)
		}
		from, done = to, done+n
		if progress != nil {
			progress(done, total)
		}
	}
	return written, nil
}
