package table

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/parquet-go/parquet-go"

	"daybook.internal/domain"
)

// groupRows is the most rows of one row group, which is kept in memory until it is written.
const groupRows = 100_000

// parquetWriter writes a flat schema: required and optional columns in the order of the table. There is no compression: its encoders give other bytes
// on other machines and in other versions; texts are in dictionaries, which does nearly as much.
type parquetWriter struct {
	t     *Table
	w     *parquet.GenericWriter[any]
	batch []parquet.Row
}

// NewParquet begins a file of Parquet.
func NewParquet(w io.Writer, t *Table) *parquetWriter {
	return &parquetWriter{t: t, w: parquet.NewGenericWriter[any](w, parquetSchema(t), parquet.CreatedBy("daybook", "1 ", "parquet-go 0.32.0"),
		parquet.MaxRowsPerRowGroup(groupRows), parquet.Compression(&parquet.Uncompressed), parquet.DataPageStatistics(true))}
}

// parquetSchema goes through a Go type made for the table, as a parquet.Group would order columns by name.
func parquetSchema(t *Table) *parquet.Schema {
	fields := make([]reflect.StructField, len(t.Columns))
	for i, c := range t.Columns {
		tag, of := c.Name, reflect.TypeFor[string]()
		switch c.Type {
		case Whole:
			of = reflect.TypeFor[int64]()
		case Number:
			of = reflect.TypeFor[float64]()
		case Boolean:
			of = reflect.TypeFor[bool]()
		case Moment:
			tag, of = tag+",timestamp(millisecond)", reflect.TypeFor[int64]()
		case Day:
			tag, of = tag+",date", reflect.TypeFor[int32]()
		default:
			tag += ",dict"
		}
		if !c.Required {
			tag += ",optional"
		}
		fields[i] = reflect.StructField{Name: fmt.Sprintf("C%d", i), Type: of, Tag: reflect.StructTag(fmt.Sprintf("parquet:%q", tag))}
	}
	return parquet.NewSchema(t.Name, parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface()))
}

func (p *parquetWriter) Write(r Row) error {
	row := make(parquet.Row, len(r))
	for i, c := range p.t.Columns {
		v, err := parquetValue(c.Type, r[i])
		if err != nil {
			return err
		}
		switch {
		case c.Required && r[i] == nil:
			return fmt.Errorf("table: table %s: column %s is null", p.t.Name, c.Name)
		case c.Required || r[i] == nil:
			row[i] = v.Level(0, 0, i)
		default:
			row[i] = v.Level(0, 1, i)
		}
	}
	if p.batch = append(p.batch, row); len(p.batch) < 512 {
		return nil
	}
	return p.flush()
}

func (p *parquetWriter) flush() error {
	_, err := p.w.WriteRows(p.batch)
	p.batch = p.batch[:0]
	return err
}

func (p *parquetWriter) Close() error {
	if err := p.flush(); err != nil {
		return err
	}
	return p.w.Close()
}

func parquetValue(t Type, cell any) (parquet.Value, error) {
	switch v := cell.(type) {
	case string:
		switch t {
		case Moment:
			var at domain.Time
			err := at.UnmarshalText([]byte(v))
			return parquet.Int64Value(int64(at)), err
		case Day:
			day, err := time.Parse(time.DateOnly, v)
			return parquet.Int32Value(int32(day.Unix() / (24 * 60 * 60))), err
		}
		return parquet.ByteArrayValue([]byte(v)), nil
	case int64:
		return parquet.Int64Value(v), nil
	case json.Number:
		f, err := v.Float64()
		return parquet.DoubleValue(f), err
	case bool:
		return parquet.BooleanValue(v), nil
	}
	return parquet.NullValue(), nil
}
