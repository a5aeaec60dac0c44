package journal

import (
	"context"
	"database/sql"
)

var _ NoticeStore = (*file)(nil)

// Notices reads what is kept for somebody.
func (f *file) Notices(ctx context.Context, to, owner string, most int) ([]Notice, error) {
	var list []Notice
	err := f.each(ctx, func(rows *sql.Rows) error {
		n := Notice{To: to, Owner: owner}
		var at int64
		err := rows.Scan(&n.ID, &at, &n.Data)
		n.At = timeOf(at)
		list = append(list, n)
		return err //nolint:wrapcheck // each explains it
	}, `SELECT id, at, data FROM notices WHERE recipient = ? AND owner = ? ORDER BY at, id LIMIT ?`, to, owner, most)
	return list, err
}

// NoticeOwners lists who is to tell somebody something.
func (f *file) NoticeOwners(ctx context.Context, to string) ([]string, error) {
	return f.ids(ctx, `SELECT DISTINCT owner FROM notices WHERE recipient = ?`, to)
}

const (
	sqlAddNotice     = "INSERT OR IGNORE INTO notices (id, recipient, owner, at, data) VALUES (?, ?, ?, ?, ?)"
	sqlTakeNotices   = "UPDATE notices SET owner = ? WHERE recipient = ? AND owner = ?"
	sqlDropNotice    = "DELETE FROM notices WHERE id = ?"
	sqlForgetNotices = "DELETE FROM notices WHERE at < ?"
)

// noticed changes what is kept to be told.
func (st *statements) noticed(ctx context.Context, c Change) (err error) {
	switch c := c.(type) {
	case AddNotice:
		return st.exec(ctx, sqlAddNotice, c.ID, c.To, c.Owner, c.At.UnixNano(), c.Data)
	case TakeNotices:
		return st.exec(ctx, sqlTakeNotices, c.Owner, c.To, c.From)
	case ForgetNotices:
		return st.exec(ctx, sqlForgetNotices, c.Before.UnixNano())
	case DropNotices:
		for _, id := range c.IDs {
			if err == nil {
				err = st.exec(ctx, sqlDropNotice, id)
			}
		}
	}
	return err
}
