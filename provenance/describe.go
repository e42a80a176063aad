package provenance

import (
	"crypto/sha256"
	"encoding/json"

	"daybook.internal/domain"
)

// describe gives an entity its types, and the attributes of its event that are no words and no numbers of people: those are for views that hide small ones. data is the event's as it is recorded.
func (b *builder) describe(n *Node, f *domain.Fact, data []byte) {
	is := func(types ...ID) { n.Types = types }
	of := func(r domain.ArtefactRef, as string) {
		if r.ID != "" {
			n.attr(as, string(r.ID))
			n.attr(as+"Version", r.Version)
		}
	}
	switch e := f.Event.(type) {
	case domain.StatementPosted:
		is("db:Statement")
		n.attr("commitment", []string{e.Text.String()})
		n.attr("lang", string(e.Lang))
	case domain.StatementModerated:
		is("db:Statement")
		n.attr("moderation", string(e.Decision))
		if e.ReasonCode != "" {
			n.attr("reasonCode", e.ReasonCode)
		}
	case domain.StatementLinked:
		is("db:Statement")
		n.attr("relation", string(e.Relation))
		n.attr("target", e.Target.String())
	case domain.TableFormed:
		is("db:Worksheets")
	case domain.TableOutputRecorded:
		is("db:Worksheets")
		n.attr("output", string(e.Output))
		n.attr("revision", e.Revision)
		n.attr("session", string(e.Session))
		of(e.Template, "template")
		words := make([]string, len(e.Items))
		for i, item := range e.Items {
			words[i] = item.Text.String()
		}
		n.attr("commitment", words)
		if e.SheetImage != (domain.Digest{}) {
			n.attr("image", e.SheetImage.String())
		}
	case domain.TallySheetRecorded:
		is("db:Tally", "db:Sheet")
		n.attr("session", string(e.Session))
		n.attr("wave", string(e.Wave))
		of(e.Question, "question")
		n.attr("image", e.Sheet.String())
	case domain.TallyReconciled:
		is("db:Tally", "db:Result")
		n.attr("session", string(e.Session))
		n.attr("wave", string(e.Wave))
		of(e.Question, "question")
	case domain.SegmentCoded:
		is("db:Coding")
		n.attr("segment", e.Segment.Source.String())
		n.attr("round", e.Round)
		n.attr("method", string(e.Method))
		of(e.Frame, "frame")
	case domain.CodingAdjudicated:
		is("db:Coding")
		n.attr("round", e.Round)
		of(e.Frame, "frame")
	case domain.RecommendationDrafted:
		is("db:Recommendation")
		n.attr("textVersion", 1)
		n.attr("textDigest", member(data, "text"))
		n.attr("level", string(e.Level))
		n.attr("body", string(e.Body))
		n.attr("kind", string(e.Kind))
		n.attr("sources", len(e.Sources))
	case domain.RecommendationRevised:
		is("db:Recommendation")
		n.attr("textVersion", e.Version)
		n.attr("textDigest", member(data, "text"))
		n.attr("sources", len(e.SourcesAdded))
		n.attr("sourcesRemoved", len(e.SourcesRemoved))
	case domain.EndorsementOpened:
		is("db:Recommendation")
		n.attr("textVersion", e.Version)
		of(e.Question, "question")
	case domain.EndorsementClosed:
		is("db:Recommendation")
		n.attr("textVersion", e.Version)
		n.attr("chambers", len(e.Chambers))
	case domain.RecommendationDecided:
		is("db:Recommendation")
		n.attr("textVersion", e.Version)
		n.attr("outcome", string(e.Outcome))
	case domain.RecommendationSuperseded:
		is("db:Recommendation")
		n.attr("relation", string(e.Relation))
		by := make([]string, len(e.By))
		for i, id := range e.By {
			by[i] = string(id)
		}
		n.attr("supersededBy", by)
	case domain.SynthesisCompleted:
		is("db:Synthesis")
		n.attr("inputs", len(e.Inputs.Recommendations)+len(e.Inputs.Codings)+len(e.Inputs.Results))
		n.attr("outputs", len(e.Outputs))
		of(e.Method, "method")
	case domain.RecommendationSubmitted:
		is("db:Submission")
		n.attr("addresseeKind", string(e.Addressee.Kind))
		n.attr("document", digests(e.Documents))
	case domain.ResponseReceived:
		is("db:Submission", "db:Response")
		n.attr("response", string(e.Kind))
		if e.Evidence.Digest != (domain.Digest{}) {
			n.attr("document", []string{e.Evidence.Digest.String()})
		}
	case domain.FollowUpReported:
		is("db:Submission", "db:FollowUp")
		n.attr("status", string(e.Status))
		n.attr("progress", e.Progress)
		n.attr("source", string(e.Source))
	case domain.PublicationReleased:
		is("db:Publication")
		n.attr("kind", string(e.Kind))
		n.attr("document", files(e.Files))
		n.attr("ledgerPosition", e.LedgerPosition)
	case domain.PublicationCorrected:
		is("db:Publication")
		n.attr("document", files(e.Files))
	case domain.ImportRecorded:
		is("db:Import")
		n.attr("document", []string{e.Source.Digest.String()})
		n.attr("mapping", e.Mapping.Name)
		n.attr("mappingVersion", e.Mapping.Version)
	}
}

// member is the SHA-256 of one member of an event's data, byte for byte as it is recorded.
func member(data []byte, name string) string {
	var all map[string]json.RawMessage
	if json.Unmarshal(data, &all) != nil {
		return ""
	}
	return domain.Digest(sha256.Sum256(all[name])).String()
}

func digests(list []domain.Digest) []string {
	out := make([]string, len(list))
	for i, d := range list {
		out[i] = d.String()
	}
	return out
}

func files(list []domain.ReleasedFile) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = f.Digest.String()
	}
	return out
}
