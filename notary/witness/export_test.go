package witness

// OpenHooked starts a witness that calls stored when a head is on the disk and its cosignature not yet given away.
func OpenHooked(o Options, stored func()) (*Witness, error) {
	o.stored = stored
	return Open(o)
}

// Locked tells whether a log is held by a request.
func (w *Witness) Locked(origin string) bool {
	l := w.logs[origin]
	if l.mu.TryLock() {
		l.mu.Unlock()
		return false
	}
	return true
}

// HeadPath is where the state of a log stands.
func (w *Witness) HeadPath(origin string) string { return w.dir.headPath(origin) }
