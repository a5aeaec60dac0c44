package model

// A coder goes over everything that a service holds: it counts its texts,
// writes it, or reads it. One walk serves all three, so what is read is what
// was written.
type coder interface {
	text(s *string)
	num(n int) int            // not negative
	float(f *float64)         //
	bits(given uint64) uint64 // what is there of what is optional
	size(n int) (length int)  // of a list
	members(n int) []Member   // that are read
	strings(n int) []string   // that are read
	bad()                     // what was read cannot be
}

// list walks the elements of a list.
func list[T any](c coder, l *[]T, each func(*T)) {
	n := c.size(len(*l))
	if len(*l) != n {
		*l = make([]T, n)
	}
	for i := range *l {
		each(&(*l)[i])
	}
}

// enum walks a small number that has a type of its own.
func enum[T ~uint8 | ~uint32](c coder, v *T, end T) {
	n := c.num(int(*v))
	if n >= int(end) {
		c.bad()
		n = 0
	}
	*v = T(n)
}

// nums walks numbers.
func nums(c coder, all ...*int) {
	for _, n := range all {
		*n = c.num(*n)
	}
}

// textList walks a list of texts.
func textList(c coder, l *[]string) {
	n := c.size(len(*l))
	if len(*l) != n {
		*l = c.strings(n)
	}
	for i := range *l {
		c.text(&(*l)[i])
	}
}

// has returns bit i where something is there.
func has(i int, there bool) uint64 { return bit(there) << i }

// texts walks those of a list of texts that are given.
func texts(c coder, given bool, all ...*string) {
	if !given {
		return
	}
	for _, t := range all {
		c.text(t)
	}
}

func bound(c coder, given bool, f **float64) {
	if !given {
		return
	}
	if *f == nil {
		*f = new(float64)
	}
	c.float(*f)
}

func pairs(c coder, l *[]Pair) {
	list(c, l, func(p *Pair) { c.text(&p.Name); c.text(&p.Value) })
}

func (s *Service) walk(c coder) {
	for _, t := range []*string{
		&s.Name, &s.Folder, &s.ID, &s.FullName, &s.UID, &s.APIVersion, &s.Protocol, &s.JSONVersion, &s.TargetPrefix,
		&s.SigningName, &s.EndpointPrefix, &s.IAMPrefix, &s.Namespace,
	} {
		c.text(t)
	}
	textList(c, &s.Auth)
	s.QueryCompatible = c.bits(bit(s.QueryCompatible)) != 0
	nums(c, &s.Rules)
	list(c, &s.Shapes, func(shape *Shape) { shape.walk(c) })
	list(c, &s.Operations, func(o *Operation) { o.walk(c) })
	list(c, &s.Waiters, func(w *Waiter) { w.walk(c) })
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// walk says first what is there of what most shapes lack.
func (s *Shape) walk(c coder) {
	enum(c, &s.Kind, kinds)
	enum(c, &s.Flags, shapeFlagsEnd)
	given := c.bits(has(0, len(s.Members) > 0) | has(1, s.Min != nil) | has(2, s.Max != nil) | has(3, len(s.Enum) > 0) |
		has(4, s.Pattern != "") | has(5, s.Name != "") | has(6, s.Wire != "") | has(7, s.Payload != None) |
		has(8, s.TimestampFormat != "") | has(9, s.Code != "") | has(10, s.Status != 0) | has(11, s.Namespace != Namespace{}))
	if given&1 != 0 {
		s.walkMembers(c)
	}
	bound(c, given&(1<<1) != 0, &s.Min)
	bound(c, given&(1<<2) != 0, &s.Max)
	if given&(1<<3) != 0 {
		textList(c, &s.Enum)
	}
	texts(c, given&(1<<4) != 0, &s.Pattern)
	texts(c, given&(1<<5) != 0, &s.Name)
	texts(c, given&(1<<6) != 0, &s.Wire)
	if given&(1<<7) != 0 {
		nums(c, &s.Payload)
	} else {
		s.Payload = None
	}
	texts(c, given&(1<<8) != 0, &s.TimestampFormat)
	texts(c, given&(1<<9) != 0, &s.Code)
	if given&(1<<10) != 0 {
		nums(c, &s.Status)
	}
	texts(c, given&(1<<11) != 0, &s.Namespace.URI, &s.Namespace.Prefix)
}

func (s *Shape) walkMembers(c coder) {
	n := c.size(len(s.Members))
	if len(s.Members) != n {
		s.Members = c.members(n)
	}
	for i := range s.Members {
		s.Members[i].walk(c)
	}
}

func (m *Member) walk(c coder) {
	c.text(&m.Name)
	m.Shape = c.num(m.Shape)
	given := c.bits(has(0, m.Flags != 0) | has(1, m.Location != InBody) | has(2, m.Wire != "") | has(3, m.QueryName != "") |
		has(4, m.TimestampFormat != "") | has(5, m.Namespace != Namespace{}) | has(6, m.ContextParam != ""))
	if given == 0 {
		return
	}
	if given&1 != 0 {
		enum(c, &m.Flags, memberFlagsEnd)
	}
	if given&(1<<1) != 0 {
		enum(c, &m.Location, locations)
	}
	texts(c, given&(1<<2) != 0, &m.Wire)
	texts(c, given&(1<<3) != 0, &m.QueryName)
	texts(c, given&(1<<4) != 0, &m.TimestampFormat)
	texts(c, given&(1<<5) != 0, &m.Namespace.URI, &m.Namespace.Prefix)
	texts(c, given&(1<<6) != 0, &m.ContextParam)
}

func (o *Operation) walk(c coder) {
	c.text(&o.Name)
	enum(c, &o.Flags, operationFlagsEnd)
	enum(c, &o.Effect, effects)
	c.text(&o.Method)
	c.text(&o.URI)
	o.Input, o.Output = c.num(o.Input+1)-1, c.num(o.Output+1)-1
	list(c, &o.Errors, func(e *int) { *e = c.num(*e) })
	given := c.bits(has(0, o.Status != 0) | has(1, o.Root != "") | has(2, o.Namespace != Namespace{}) | has(3, o.HostPrefix != "") |
		has(4, len(o.Auth) > 0) | has(5, o.Checksum != nil) | has(6, len(o.Static) > 0) | has(7, len(o.Paths) > 0) |
		has(8, o.Paging != nil) | has(9, o.IAMAction != ""))
	if given&1 != 0 {
		nums(c, &o.Status)
	}
	texts(c, given&(1<<1) != 0, &o.Root)
	texts(c, given&(1<<2) != 0, &o.Namespace.URI, &o.Namespace.Prefix)
	texts(c, given&(1<<3) != 0, &o.HostPrefix)
	if given&(1<<4) != 0 {
		textList(c, &o.Auth)
	}
	if given&(1<<5) != 0 {
		o.checksum(c)
	}
	if given&(1<<6) != 0 {
		pairs(c, &o.Static)
	}
	if given&(1<<7) != 0 {
		pairs(c, &o.Paths)
	}
	if given&(1<<8) != 0 {
		o.paging(c)
	}
	texts(c, given&(1<<9) != 0, &o.IAMAction)
}

func (o *Operation) checksum(c coder) {
	if o.Checksum == nil {
		o.Checksum = &Checksum{}
	}
	sum := o.Checksum
	c.text(&sum.Member)
	c.text(&sum.Validate)
	textList(c, &sum.Answer)
	sum.Required = c.bits(bit(sum.Required)) != 0
}

func (o *Operation) paging(c coder) {
	if o.Paging == nil {
		o.Paging = &Paging{}
	}
	p := o.Paging
	textList(c, &p.In)
	textList(c, &p.Out)
	textList(c, &p.Lists)
	c.text(&p.More)
	c.text(&p.Limit)
	p.Guessed = c.bits(bit(p.Guessed)) != 0
}

func (w *Waiter) walk(c coder) {
	c.text(&w.Name)
	c.text(&w.Operation)
	nums(c, &w.Delay, &w.Attempts)
	list(c, &w.Accept, func(a *Acceptor) {
		for _, t := range []*string{&a.State, &a.Matcher, &a.Argument, &a.Expected} {
			c.text(t)
		}
	})
}
