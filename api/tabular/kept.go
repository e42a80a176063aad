package tabular

// held is an answer that is kept, with what it was asked by.
type held struct {
	memo string
	*answer
}

// recall finds an answer that was kept, of the same view at the same position.
func (t *Tables) recall(memo string) *answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.kept[memo]
	if e == nil {
		return nil
	}
	t.order.MoveToFront(e)
	return e.Value.(*held).answer
}

// keep keeps an answer that is in memory. The one that nobody has asked for for longest goes when there is no room.
func (t *Tables) keep(memo string, a *answer) {
	size := int64(a.spool.memory.Cap())
	if a.spool.file != nil || size > t.Kept/4 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept[memo] != nil {
		return
	}
	t.kept[memo] = t.order.PushFront(&held{memo, a})
	for t.bytes += size; t.bytes > t.Kept; {
		last := t.order.Remove(t.order.Back()).(*held)
		delete(t.kept, last.memo)
		t.bytes -= int64(last.spool.memory.Cap())
	}
}
