package readstore

// KeepAtMost sets how many documents a fold may keep between steps.
func (p *Projector) KeepAtMost(n int) { p.most = n }
