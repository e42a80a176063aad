package stats

// Simpson gives 1 - Σp², p = count/Σcounts: the chance that two people, drawn one after the other with the first put back, belong to different groups. It is 0
// where all are of one group, and 1-1/k where k groups are equal. Nobody is ErrNoBase, a count below zero ErrBadCount.
func Simpson(counts []int) (float64, error) {
	n := 0
	for _, c := range counts {
		if c < 0 {
			return 0, fail(ErrBadCount, "", "a count is not below zero")
		}
		n += c
	}
	if n == 0 {
		return 0, fail(ErrNoBase, "", "")
	}
	same := 0.0
	for _, c := range counts {
		p := float64(c) / float64(n)
		same += float64(p * p)
	}
	return 1 - same, nil
}

// A Mixture compares tables with their room.
type Mixture struct {
	Room   float64  // Simpson of all tables together
	Tables float64  // mean of the tables' own
	Ratio  *float64 // Tables/Room; nil where the room is all of one group
	Base   int      // people
	Count  int      // tables with anybody
}

// Mix gives the diversity of tables, each a count by group, and that of their room. Tables of nobody do not count. A table of n people who are put together by chance
// reaches on average (n-1)/n of its room. Nobody is ErrNoBase, rows of different lengths ErrBadCount.
func Mix(tables [][]int) (Mixture, error) {
	var m Mixture
	var room []int
	for _, t := range tables {
		if room == nil {
			room = make([]int, len(t))
		}
		if len(t) != len(room) {
			return Mixture{}, fail(ErrBadCount, "", "every table has a count for every group")
		}
		n := 0
		for i, c := range t {
			room[i] += c
			n += c
		}
		if n == 0 {
			continue
		}
		own, err := Simpson(t)
		if err != nil {
			return Mixture{}, err
		}
		m.Base, m.Count, m.Tables = m.Base+n, m.Count+1, m.Tables+own
	}
	if m.Count == 0 {
		return Mixture{}, fail(ErrNoBase, "", "")
	}
	m.Tables /= float64(m.Count)
	var err error
	if m.Room, err = Simpson(room); err != nil {
		return Mixture{}, err
	}
	if m.Room > 0 {
		m.Ratio = ref(m.Tables / m.Room)
	}
	return m, nil
}
