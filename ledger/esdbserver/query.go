package esdbserver

import (
	"math"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"

	"daybook.internal/domain"
)

// A query is a ReadReq that was checked.
type query struct {
	stream    domain.StreamID // "" reads $all
	backwards bool
	from      place
	count     uint64 // of records to send; nothing for a subscription
	follow    bool   // a subscription
	match     filter // nil matches everything
	interval  uint64 // of considered records between two checkpoints; 0: there are none
	idText    bool   // ids as text
}

// A place is where a query begins: the beginning, the end, or a revision of the stream or position in $all.
type place struct {
	kind placeKind
	at   uint64
}

type placeKind int

const (
	atStart placeKind = iota
	atEnd
	atNumber
)

// defaultWindow is how many records a filtered subscription considers between two checkpoints where its request leaves the window to the server.
const defaultWindow = 32

// parseQuery checks a request. Links are never resolved, as there are none, and the compatibility of the client is not looked at: what is sent suits all of them.
func parseQuery(r *streams.ReadReq) (query, error) {
	o := r.GetOptions()
	if o == nil {
		return query{}, invalid("a read needs options")
	}
	q := query{backwards: o.GetReadDirection() == streams.ReadReq_Options_Backwards}
	if d := o.GetReadDirection(); d != streams.ReadReq_Options_Forwards && d != streams.ReadReq_Options_Backwards {
		return query{}, invalid("there is no direction %d", d)
	}
	_, q.idText = o.GetUuidOption().GetContent().(*streams.ReadReq_Options_UUIDOption_String_)
	var err error
	switch from := o.GetStreamOption().(type) {
	case *streams.ReadReq_Options_Stream:
		q.stream, q.from, err = parseStream(from.Stream)
	case *streams.ReadReq_Options_All:
		q.from, err = parseAll(from.All)
	default:
		err = invalid("a read is of a stream or of all")
	}
	if err != nil {
		return query{}, err
	}
	switch n := o.GetCountOption().(type) {
	case *streams.ReadReq_Options_Count:
		q.count = n.Count
	case *streams.ReadReq_Options_Subscription:
		q.follow = true
		if q.backwards {
			return query{}, invalid("a subscription goes forwards")
		}
	default:
		return query{}, invalid("a read has a count or is a subscription")
	}
	if f := o.GetFilter(); f != nil {
		if q.stream != "" {
			return query{}, invalid("filters are for $all; a stream is read as a whole")
		}
		if q.match, err = parseFilter(f); err != nil {
			return query{}, err
		}
		if q.interval, err = parseInterval(f, q.follow); err != nil {
			return query{}, err
		}
	}
	return q, nil
}

func parseStream(o *streams.ReadReq_Options_StreamOptions) (domain.StreamID, place, error) {
	name := domain.StreamID(o.GetStreamIdentifier().GetStreamName())
	if name == "" {
		return "", place{}, invalid("the stream has no name")
	}
	switch at := o.GetRevisionOption().(type) {
	case *streams.ReadReq_Options_StreamOptions_Revision:
		return name, place{atNumber, at.Revision}, nil
	case *streams.ReadReq_Options_StreamOptions_Start:
		return name, place{}, nil
	case *streams.ReadReq_Options_StreamOptions_End:
		return name, place{kind: atEnd}, nil
	}
	return "", place{}, invalid("a read of a stream begins at a revision, the start or the end")
}

func parseAll(o *streams.ReadReq_Options_AllOptions) (place, error) {
	switch at := o.GetAllOption().(type) {
	case *streams.ReadReq_Options_AllOptions_Position:
		c, p := at.Position.GetCommitPosition(), at.Position.GetPreparePosition()
		switch {
		case c != p:
			return place{}, invalid("%d/%d is no position of this server: commit and prepare position are the same", c, p)
		case c == math.MaxUint64:
			return place{kind: atEnd}, nil // as clients write the end where they know no other way
		}
		return place{atNumber, c}, nil
	case *streams.ReadReq_Options_AllOptions_Start:
		return place{}, nil
	case *streams.ReadReq_Options_AllOptions_End:
		return place{kind: atEnd}, nil
	}
	return place{}, invalid("a read of all begins at a position, the start or the end")
}

func parseInterval(f *streams.ReadReq_Options_FilterOptions, follow bool) (uint64, error) {
	window := uint64(defaultWindow)
	if w, ok := f.GetWindow().(*streams.ReadReq_Options_FilterOptions_Max); ok {
		window = uint64(w.Max)
	}
	if !follow {
		return 0, nil
	}
	if window == 0 || f.GetCheckpointIntervalMultiplier() == 0 {
		return 0, invalid("the search window and the checkpoint interval are at least 1")
	}
	return window * uint64(f.GetCheckpointIntervalMultiplier()), nil
}
