package domain

func codingExamples() []Event {
	segment := Segment{Source: Ref{"table-dl_KE/t4", 3}, Item: "i2", Start: 7, End: 42}
	id := NewCodingID(segment)
	return []Event{
		SegmentCoded{
			Coding: id, Segment: segment, Frame: ArtefactRef{"ar_frame", 2}, Codes: []string{"cost", "depth"}, Coder: "c.otieno", Partner: "pt_academy",
			Method: HumanCoding, Round: 2, Earlier: 3, Agreed: []string{"cost"}, Replaces: []string{"cost", "who"},
		},
		CodingAdjudicated{
			Coding: id, Frame: ArtefactRef{"ar_frame", 2}, Round: 2, Codes: []string{"cost", "depth"},
			Basis: []Ref{{CodingStream(id), 3}, {CodingStream(id), 4}}, Adjudicator: "a.nowak", Replaces: []string{"cost"},
		},
		AuditFindingRaised{
			Edition: "ed_2026", Finding: "fd_1", Severity: Major, Rule: "table-size", Scope: []Ref{{DialogueStream("dl_KE"), 14}, {EditionStream("ed_2026"), 6}},
			Dialogues: []DialogueID{"dl_KE"}, Description: In("en", "Two tables of eleven."), Auditor: "e.dubois", Partner: "pt_audit",
		},
		AuditFindingResolved{
			Edition: "ed_2026", Finding: "fd_1", Resolution: In("en", "The tables were split after the first hour."), Evidence: []Ref{{"table-dl_KE/t4", 4}},
			AcceptedBy: "e.dubois", Partner: "pt_audit",
		},
	}
}
