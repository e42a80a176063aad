package domain

import "crypto/sha256"

// ImportStream is the stream of one import.
func ImportStream(id ImportID) StreamID { return StreamName("import", string(id)) }

// NewImportID derives the id of an import: the same source under the same mapping is the same import.
func NewImportID(source Digest, m Mapping) ImportID {
	id := struct {
		Digest  Digest  `json:"digest"`
		Mapping Mapping `json:"mapping"`
	}{source, m}
	b, _ := appendCanonical(nil, &id)
	sum := sha256.Sum256(b)
	return ImportID(Digest(sum).String()[:32])
}

// Import is the state of one import's stream.
type Import struct {
	recorded *ImportRecorded
}

// Evolve folds one event.
func (i Import) Evolve(ev Event) Import {
	if e, ok := ev.(ImportRecorded); ok {
		i.recorded = &e
	}
	return i
}

// Recorded is what the import says of itself, nil before it.
func (i Import) Recorded() *ImportRecorded { return i.recorded }

// Record announces the import. The same import again changes nothing.
func (i Import) Record(r ImportRecorded) ([]Event, error) {
	switch {
	case r.Source.Digest == Digest{}:
		return nil, reject(ErrChecksum, "an import has the digest of its source")
	case r.Import != NewImportID(r.Source.Digest, r.Mapping):
		return nil, reject(ErrChecksum, "the import id does not follow from source and mapping")
	case i.recorded != nil && i.recorded.Conversation == r.Conversation:
		return nil, nil
	case i.recorded != nil:
		return nil, reject(ErrDuplicate, "the same files were imported as %q", i.recorded.Conversation)
	}
	if err := CheckID("conversation", r.Conversation); err != nil {
		return nil, err
	}
	return []Event{r}, nil
}
