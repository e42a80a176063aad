package projections

import "slices"

// Peek gives the document of a view as f holds it; nil where f has none. The document is that of the fold and is not to be changed. It costs no encoding, so
// that measures are computed from what was just folded. D is the type of the documents of v.
func Peek[D any](f *Fold, v View, key string) *D {
	d := f.opened(v.Name).docs[key]
	if d == nil {
		return nil
	}
	return &d.folded.(*held[D]).doc
}

// Stamp is where f counts the records up to and with the last one that touched a document; where f has no such document, or the key is empty, any
// document of the view. It is read, not written, and goes on to count.
func (f *Fold) Stamp(view, key string) *uint64 {
	v := f.opened(view)
	if d := v.docs[key]; d != nil {
		return &d.at
	}
	return &v.at
}

// Keys are those of the documents that f holds of a view, in order.
func (f *Fold) Keys(view string) []string {
	docs := f.opened(view).docs
	keys := make([]string, 0, len(docs))
	for key := range docs {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// opened is a view of the fold; one without documents where the fold does not have it.
func (f *Fold) opened(view string) *openView {
	i := slices.IndexFunc(f.views, func(v openView) bool { return v.Name == view })
	if i < 0 {
		return &openView{}
	}
	return &f.views[i]
}
