package replay

// What an auditor finds, by the name of the check that finds it. docs/verify.md says what each means and what to do about it.
const (
	Checkpoint      = "CHECKPOINT"       // the head is not signed by the log, or not by as many witnesses as the policy asks for
	Root            = "ROOT"             // the entries do not come to the signed root
	TileDiffers     = "TILE"             // a tile is not what the entries come to
	Fork            = "FORK"             // two heads of one log that cannot both be: the record was rewritten
	Rollback        = "ROLLBACK"         // the log is shorter than it was
	Stale           = "STALE"            // nobody has seen the head for too long
	Revision        = "REVISION"         // an event is missing in its stream, doubled, or moved
	Canonical       = "CANONICAL"        // an event is not in canonical form
	Schema          = "SCHEMA"           // an event of an unknown type or version
	Backdated       = "BACKDATED"        // recorded before a head that does not have it yet
	Postdated       = "POSTDATED"        // recorded after a head that has it
	Rule            = "RULE"             // the rules do not allow the event in the state before it
	Unregistered    = "UNREGISTERED"     // somebody or something that was never registered acts
	DuplicateBallot = "DUPLICATE_BALLOT" // one code answers one question twice
	BallotWindow    = "BALLOT_WINDOW"    // an answer stands outside of its session
	BallotSignature = "BALLOT_SIG"       // an answer is not the one that the device signed
	Codes           = "CODES"            // an answer without an issued code, or more of them than codes
	TallyWrong      = "TALLY"            // counts that do not follow from the ballots
	SourceMissing   = "SOURCE"           // a recommendation cites what is not there
	Phase           = "PHASE"            // phases or sessions overlap, or come in another order than planned
	SortitionWrong  = "SORTITION"        // a draw before its time, or one that does not follow from its seed
	ViewRoot        = "VIEW_ROOT"        // a committed root of a view is not that of the record
	ServedDiffers   = "SERVED_DOC"       // a served document differs from the record
	OpeningMissing  = "OPENING"          // words that are gone without an erasure, or are not those that were committed to
	Sums            = "SUMS"             // a file of the bundle is not as its list says
)
