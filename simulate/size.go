package simulate

// Expected is about how many events the edition of o has.
func (o Options) Expected() int { return 1000 }
