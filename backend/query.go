package backend

// LoadQuery selects rows of the load history, newest first. Zero fields do not
// restrict.
type LoadQuery struct {
	Since  *Time
	Until  *Time
	Server string
	Model  string
	Event  LoadEvent
	Cause  LoadCause
	Before int64 // only rows with a smaller id: the cursor of a page
	Limit  int   // 0 means the store's default; the store has a cap
}

// Page is one page of a list; Next is the cursor of the page after it, empty
// on the last.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Pass as before to read on; left out on the last page"`
}
