package domain

func tableExamples() []Event {
	return []Event{
		TableFormed{
			Dialogue: "dl_KE", Table: "4", Session: "ss_2", Chamber: CitizenChamber, Facilitator: "f1", NoteTaker: "n1",
			Members: []ParticipantID{"pa_01", "pa_02", "pa_03", "pa_04"}, Revision: 2,
			Waiver: &Waiver{WaiveTableSize, "a bus came late", "h1"}, Replaces: &Seating{Size: 5},
		},
		TableOutputRecorded{
			Dialogue: "dl_KE", Table: "4", Output: "sheet-1", Session: "ss_2", Template: ArtefactRef{"ar_sheet", 1},
			Items:      []OutputItem{{"1", RankedChoice, Commitment(exampleDigest(13)), "sw", 1}, {"2", RankedChoice, Commitment(exampleDigest(14)), "sw", 2}},
			SheetImage: exampleDigest(15), Revision: 2, By: "n1", Replaces: map[ItemKind]int{Idea: 1, RankedChoice: 2},
		},
		DialogueCertified{
			Dialogue: "dl_KE", CheckedIn: 94, Ballots: map[SessionID]int{"ss_2": 186, "ss_3": 93}, OpenFindings: 1,
			Accepted: []Waiver{{"plannedMinutes", "the power failed", "committee"}}, Certificate: exampleDigest(16), By: "c.auditor",
		},
	}
}
