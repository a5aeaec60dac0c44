package bind

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/schema"
)

// separatorOf reads the optional argument number 1.
func separatorOf(args []any) (rune, error) {
	if len(args) < 2 {
		return ',', nil
	}
	text, err := textOf(args[1])
	if err != nil {
		return 0, err
	}
	c, size := utf8.DecodeRuneInString(text)
	if size == 0 || size != len(text) || c == '"' || c == '\r' || c == '\n' || c == utf8.RuneError {
		return 0, errors.New(`the separator must be one character such as ";", no quote and no line break`)
	}
	return c, nil
}

// columnsOf reads the optional argument number 2.
func columnsOf(args []any) (columns []string, given bool, err error) {
	if len(args) < 3 {
		return nil, false, nil
	}
	list, err := listOf(args[2])
	if err != nil {
		return nil, false, err
	}
	columns = make([]string, len(list))
	for i, v := range list {
		if columns[i], err = textOf(v); err != nil {
			return nil, false, err
		}
	}
	return columns, true, distinct(columns)
}

func distinct(columns []string) error {
	seen := make(map[string]bool, len(columns))
	for _, name := range columns {
		if seen[name] {
			return errors.New("two columns have the same name")
		}
		seen[name] = true
	}
	return nil
}

// fromCSV makes a map of each line, by the names in the first line or by those
// given; an empty list of names leaves lists.
func fromCSV(fr *frame, args []any) (any, error) {
	text, err := textOf(args[0])
	if err != nil {
		return nil, err
	}
	columns, given, err := columnsOf(args)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	if r.Comma, err = separatorOf(args); err != nil {
		return nil, err
	}
	r.FieldsPerRecord = len(columns) // 0: as many as the first line has
	r.ReuseRecord = true
	if !given {
		switch head, err := r.Read(); {
		case err == io.EOF:
			return []any{}, nil
		case err != nil:
			return nil, csvError(err)
		default:
			columns = slices.Clone(head)
		}
		if err := distinct(columns); err != nil {
			return nil, err
		}
	}
	out := []any{}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		if err := fr.spend(64*len(record) + 64); err != nil {
			return nil, err
		}
		out = append(out, csvRow(columns, record))
	}
}

// csvRows is the type of what fromCSV gives: lists only where it is told
// names.
func csvRows(args []fact) *schema.Field {
	if len(args) > 2 {
		return listType(nil)
	}
	return listType(&schema.Field{Type: schema.Map, Elem: stringField})
}

func csvRow(columns, record []string) any {
	if len(columns) == 0 {
		list := make([]any, len(record))
		for i, field := range record {
			list[i] = field
		}
		return list
	}
	row := make(map[string]any, len(record))
	for i, field := range record {
		row[columns[i]] = field
	}
	return row
}

// csvError says where, and never what.
func csvError(err error) error {
	var at *csv.ParseError
	if !errors.As(err, &at) {
		return errors.New("the text is not CSV")
	}
	what := "the quotes are wrong"
	if errors.Is(at.Err, csv.ErrFieldCount) {
		what = "the number of fields is another one than before"
	}
	return errors.New("line " + strconv.Itoa(at.Line) + ": " + what)
}

// csvWriter writes rows.
type csvWriter struct {
	fr  *frame
	out strings.Builder
	csv *csv.Writer
}

func toCSV(fr *frame, args []any) (any, error) {
	rows, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	columns, given, err := columnsOf(args)
	if err != nil {
		return nil, err
	}
	w := &csvWriter{fr: fr}
	w.csv = csv.NewWriter(&w.out)
	if w.csv.Comma, err = separatorOf(args); err != nil {
		return nil, err
	}
	maps := len(rows) > 0 && isMap(rows[0])
	if maps && !given {
		columns = columnNames(rows)
	}
	if len(columns) > 0 {
		if err := w.write(columns); err != nil {
			return nil, err
		}
	}
	for i, row := range rows {
		fields, err := csvFields(row, maps, columns)
		if err == nil {
			err = w.write(fields)
		}
		if err != nil {
			return nil, errors.New("row " + strconv.Itoa(i+1) + ": " + err.Error())
		}
	}
	w.csv.Flush()
	return w.out.String(), w.csv.Error()
}

func (w *csvWriter) write(fields []string) error {
	size := 0
	for _, field := range fields {
		size += len(field) + 1
	}
	if err := w.fr.spend(size); err != nil {
		return err
	}
	if len(fields) == 1 && fields[0] == "" { // an empty line would not be read as a row
		w.csv.Flush()
		w.out.WriteString("\"\"\n")
		return nil
	}
	return w.csv.Write(fields)
}

func isMap(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

// columnNames are those of all rows, sorted.
func columnNames(rows []any) []string {
	seen := make(map[string]any)
	for _, row := range rows {
		m, _ := row.(map[string]any)
		for name := range m {
			seen[name] = nil
		}
	}
	return sortedKeys(seen)
}

func csvFields(row any, maps bool, columns []string) ([]string, error) {
	if !maps {
		list, ok := row.([]any)
		if !ok {
			return nil, errors.New("expected a list, as the first row is, found " + withArticle(typeName(row)))
		}
		fields := make([]string, len(list))
		for i, v := range list {
			var err error
			if fields[i], err = csvField(v); err != nil {
				return nil, err
			}
		}
		return fields, nil
	}
	m, ok := row.(map[string]any)
	if !ok {
		return nil, errors.New("expected a map, as the first row is, found " + withArticle(typeName(row)))
	}
	fields := make([]string, len(columns))
	for i, name := range columns {
		var err error
		if fields[i], err = csvField(m[name]); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

func csvField(v any) (string, error) {
	switch x := v.(type) {
	case nil:
		return "", nil
	case string:
		return x, nil
	}
	out, err := appendText(nil, v)
	if err != nil {
		return "", errors.New("a value " + err.Error())
	}
	return string(out), nil
}
