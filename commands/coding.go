package commands

import (
	"context"
	"errors"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/vault"
)

func codingCommands() []Command {
	return []Command{
		define("code-segment", "give codes to a piece of somebody's words", (*Service).CodeSegment),
		define("adjudicate-coding", "settle what the coders of a segment see differently", (*Service).AdjudicateCoding),
	}
}

// CodeSegment gives codes to a segment. Whatever version of the source is named, the segment names the one with which its words came into the record,
// so that all who code the same words meet.
type CodeSegment struct {
	Edition domain.EditionID    `json:"edition"`
	Segment domain.Segment      `json:"segment"`
	Frame   domain.ArtefactRef  `json:"frame"`
	Codes   []string            `json:"codes"`
	Coder   string              `json:"coder"`
	Partner domain.PartnerID    `json:"partner"`
	Method  domain.CodingMethod `json:"method"`
	Round   int                 `json:"round"`
}

// CodeSegment runs the command of that name.
func (s *Service) CodeSegment(ctx context.Context, by By, c CodeSegment) (Receipt, error) {
	v := s.look(ctx)
	v.edition(c.Edition)
	words, at, dialogue := v.words(c.Edition, c.Segment.Source, c.Segment.Item)
	if at > 0 && c.Segment.Source.Version <= words.Version {
		c.Segment.Source.Version = at
	}
	frame := v.artefact(c.Frame.ID)
	coders := v.partner(c.Edition, c.Partner)
	coded := domain.SegmentCoded{
		Coding: domain.NewCodingID(c.Segment), Segment: c.Segment, Frame: c.Frame, Codes: c.Codes, Coder: c.Coder, Partner: c.Partner, Method: c.Method, Round: c.Round,
	}
	stream := domain.CodingStream(coded.Coding)
	run := func() (Receipt, error) {
		return execute(v, by, stream, c.Edition, dialogue, func(d domain.Coding) ([]domain.Event, error) { return d.Code(coded, words, frame, coders, s.day(by)) })
	}
	receipt, err := run()
	if _, sent := sentBefore[domain.SegmentCoded](ctx, s, err, by, stream); sent && words.Erased {
		words.Erased = false // they were there when it was sent the first time
		return run()
	}
	return receipt, err
}

// AdjudicateCoding settles the codes of a segment after a round.
type AdjudicateCoding struct {
	Coding      domain.CodingID    `json:"coding"`
	Frame       domain.ArtefactRef `json:"frame"`
	Round       int                `json:"round"`
	Codes       []string           `json:"codes"`
	Adjudicator string             `json:"adjudicator"`
}

// AdjudicateCoding runs the command of that name. Which codings it rests on follows from the round.
func (s *Service) AdjudicateCoding(ctx context.Context, by By, c AdjudicateCoding) (Receipt, error) {
	v := s.look(ctx)
	stream := domain.CodingStream(c.Coding)
	began, ok := v.opening(stream)
	if !ok {
		v.refuse(domain.Reject(domain.ErrUnknownRef, "segment %q is not coded", c.Coding))
	}
	frame := v.artefact(c.Frame.ID)
	a := domain.CodingAdjudicated{Coding: c.Coding, Frame: c.Frame, Round: c.Round, Codes: c.Codes, Adjudicator: c.Adjudicator}
	return execute(v, by, stream, began.Source, began.Dialogue, func(d domain.Coding) ([]domain.Event, error) { return d.Adjudicate(a, frame) })
}

// words finds the words at a source: a statement, an open answer, or an item of a worksheet. at is the version with which they came into the record. The
// vault says whether they are still there.
func (v *sight) words(in domain.EditionID, source domain.Ref, item string) (w domain.Quoted, at uint64, dialogue domain.DialogueID) {
	var place vault.Place
	w.Version = v.each(source.Stream, 0, func(f domain.Fact) bool {
		if f.Meta.Source != in {
			v.refuse(domain.Reject(domain.ErrUnknownRef, "%s belongs to edition %s", source, f.Meta.Source))
		}
		dialogue = f.Meta.Dialogue
		if field, ok := wordsOf(f.Event, item); ok && f.Revision < source.Version {
			place, at = vault.Place{Event: f.ID, Field: field}, f.Revision+1
		}
		return true
	})
	if v.err != nil || at == 0 {
		return w, 0, dialogue
	}
	v.note(domain.Ref{Stream: source.Stream, Version: w.Version})
	w.Exist = true
	_, err := v.s.Vault.Open(v.ctx, place)
	switch w.Erased = errors.Is(err, vault.ErrNotFound); {
	case w.Erased || err == nil:
	default:
		v.err = err
	}
	return w, at, dialogue
}

// wordsOf is the field of an event in which a commitment to words stands that can be coded.
func wordsOf(e domain.Event, item string) (field string, ok bool) {
	switch e := e.(type) {
	case domain.StatementPosted:
		return "text", item == ""
	case domain.BallotCast:
		return domain.AnswerField, item == "" && e.Answer.Text != domain.Commitment{}
	case domain.TableOutputRecorded:
		return domain.ItemField(item), slices.ContainsFunc(e.Items, func(i domain.OutputItem) bool { return i.Item == item })
	}
	return "", false
}
