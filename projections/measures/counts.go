package measures

import (
	"strconv"

	"daybook.internal/domain"
)

// cell is an option, or a point of a scale.
type cell struct {
	name  string
	label domain.LText
}

// cellsOf are those in which answers to q are counted; none for words, and for rankings and allocations, which have views of their own.
func cellsOf(q *domain.Question) []cell {
	var cells []cell
	switch q.Kind {
	case domain.SingleChoice, domain.MultipleChoice:
		for _, o := range q.Options {
			cells = append(cells, cell{string(o.ID), o.Label})
		}
	case domain.Likert:
		for i, label := range q.Labels {
			cells = append(cells, cell{strconv.Itoa(i + 1), label})
		}
	case domain.Endorse:
		for _, e := range q.Endorsements() {
			cells = append(cells, cell{name: string(e)})
		}
	}
	return cells
}

// counts are standing answers, in all and by table.
type counts struct {
	valid       int
	nonResponse map[domain.NonResponse]int
	place       map[string]int // of a cell's name among cells
	cells       []int          // by cell, as cellsOf has them
	tables      []tableCount   // those at which somebody sat, by sheet and table
}

type tableCount struct {
	valid int
	cells []int
}

// count adds up the answers of some sheets.
func count(q *domain.Question, sheets []*Sheet) *counts {
	c := &counts{nonResponse: map[domain.NonResponse]int{}, cells: make([]int, len(cellsOf(q)))}
	for _, s := range sheets {
		of := s.count(q)
		c.valid += of.valid
		for reason, n := range of.nonResponse {
			c.nonResponse[reason] += n
		}
		for i, n := range of.cells {
			c.cells[i] += n
		}
		c.tables = append(c.tables, of.tables...)
	}
	return c
}

// count counts the answers of a sheet, once for as long as none comes.
func (s *Sheet) count(q *domain.Question) *counts {
	if s.counted != nil {
		return s.counted
	}
	place := map[string]int{}
	for i, c := range cellsOf(q) {
		place[c.name] = i
	}
	c := &counts{nonResponse: map[domain.NonResponse]int{}, place: place, cells: make([]int, len(place))}
	tables := make([]tableCount, len(s.Room.Tables))
	for _, g := range s.Answers {
		switch {
		case g.Answer == nil:
			continue
		case g.Answer.NonResponse != "":
			c.nonResponse[g.Answer.NonResponse]++
			continue
		}
		c.valid++
		var t *tableCount
		if g.Table >= 0 {
			if t = &tables[g.Table]; t.cells == nil {
				t.cells = make([]int, len(place))
			}
			t.valid++
		}
		g.Answer.Cells(func(name string, n int) {
			i, ok := place[name]
			if !ok {
				return
			}
			c.cells[i] += n
			if t != nil {
				t.cells[i] += n
			}
		})
	}
	for _, t := range tables {
		if t.valid > 0 {
			c.tables = append(c.tables, t)
		}
	}
	s.counted = c
	return c
}
