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
		cells = make([]cell, 0, len(q.Options))
		for _, o := range q.Options {
			cells = append(cells, cell{string(o.ID), o.Label})
		}
	case domain.Likert:
		cells = make([]cell, 0, len(q.Labels))
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
	cells       []int        // by cell, as cellsOf has them
	tables      []tableCount // those at which somebody sat, by sheet and table
	from        []int32      // of one sheet: respondent i chose the cells chose[from[i]:from[i+1]]
	chose       []int16
}

// of are the cells that a respondent of a sheet chose; none where there is no valid answer.
func (c *counts) of(respondent int) []int16 {
	if respondent >= len(c.from)-1 {
		return nil
	}
	return c.chose[c.from[respondent]:c.from[respondent+1]]
}

// one is the one cell that a respondent chose; -1 where there is none.
func (c *counts) one(respondent int) int {
	of := c.of(respondent)
	if len(of) == 0 {
		return -1
	}
	return int(of[len(of)-1])
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
	names := cellsOf(q)
	c := &counts{nonResponse: map[domain.NonResponse]int{}, cells: make([]int, len(names)), from: make([]int32, len(s.Answers)+1), chose: make([]int16, 0, len(s.Answers))}
	tables := make([]tableCount, len(s.Room.Tables))
	for who, g := range s.Answers {
		c.from[who+1] = int32(len(c.chose))
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
				t.cells = make([]int, len(names))
			}
			t.valid++
		}
		g.Answer.Cells(func(name string, _ int) { // each once: questions with points or ranks have no cells here
			for i := range names {
				if names[i].name == name {
					c.chose = append(c.chose, int16(i))
					break
				}
			}
		})
		c.from[who+1] = int32(len(c.chose))
		for _, i := range c.chose[c.from[who]:] {
			c.cells[i]++
			if t != nil {
				t.cells[i]++
			}
		}
	}
	for _, t := range tables {
		if t.valid > 0 {
			c.tables = append(c.tables, t)
		}
	}
	s.counted = c
	return c
}
