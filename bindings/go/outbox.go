//go:build cgo

package hookrail

// outbox is the way of results into one of the submitters' channels. It has a goroutine as long as it
// has results, so that a channel nobody takes from holds up nothing else.
type outbox struct {
	results chan<- *Submission
	// waiting is guarded by the producer's lock.
	waiting []*Submission
	// freed counts the results whose places in the queue are free again. It is guarded by the
	// producer's lock.
	freed uint64
	// inquiries is read from while a result waits to be taken, and not between that and its place in
	// the queue being free.
	inquiries chan struct{}
}

// deliver sends a submission to its channel, after those that wait for room there. It is called with
// p.mu held.
func (p *producer) deliver(submission *Submission) {
	box := p.outboxes[submission.results]
	if box == nil {
		box = &outbox{results: submission.results, inquiries: make(chan struct{})}
		p.outboxes[submission.results] = box
		p.deliveries.Add(1)
		go p.empty(box)
	}
	box.waiting = append(box.waiting, submission)
}

// empty sends what is in an outbox, and lets go of the outbox.
func (p *producer) empty(box *outbox) {
	defer p.deliveries.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(box.waiting) > 0 {
		submission := box.waiting[0]
		box.waiting[0] = nil
		box.waiting = box.waiting[1:]
		p.mu.Unlock()
		box.send(submission, p.abandon)
		p.mu.Lock()
		p.held--
		box.freed++
		p.advance()
	}
	delete(p.outboxes, box.results)
}

// send waits until somebody takes the submission; once abandoned, it only sends what there is room for.
func (b *outbox) send(submission *Submission, abandoned <-chan struct{}) {
	select {
	case b.results <- submission:
		return
	default:
	}
	for {
		select {
		case b.results <- submission:
			return
		case <-abandoned:
			return
		case <-b.inquiries:
		}
	}
}

// settle waits until the places of all results that were taken before are free: who takes a result from
// a channel may be faster than the goroutine that sent it. It is called with p.mu held, which it gives
// up meanwhile.
func (p *producer) settle() {
	places := make(map[*outbox]uint64, len(p.outboxes))
	for _, box := range p.outboxes {
		places[box] = box.freed
	}
	for box, freed := range places {
		// A box sends one result after the other: once another place is free, so is that of the one taken.
		for box.freed == freed && p.inquire(box) {
		}
	}
}

// inquire reports whether something happened before it was clear that nobody has taken the result that a
// box offers. It is called with p.mu held, which it gives up meanwhile.
func (p *producer) inquire(box *outbox) bool {
	progress := p.progress
	p.mu.Unlock()
	defer p.mu.Lock()
	select {
	case box.inquiries <- struct{}{}:
		return false
	case <-progress:
		return true
	}
}
