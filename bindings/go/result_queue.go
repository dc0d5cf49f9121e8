//go:build cgo

package hookrail

// resultQueue holds the results for one of the submitters' channels. It has its own goroutine while it has results,
// so that a channel without a receiver blocks nothing else.
type resultQueue struct {
	results chan<- *Submission
	// waiting has the results that were not sent yet. The producer's lock guards it.
	waiting []*Submission
	// freed counts the results whose places in the producer's queue are free again. The producer's
	// lock guards it.
	freed uint64
	// inquiries is received from only while a result waits for its receiver. So a send to it succeeds only
	// if the current result was not received yet.
	inquiries chan struct{}
}

// deliver queues a submission for its channel. The caller holds p.mu.
func (p *producer) deliver(submission *Submission) {
	queue := p.resultQueues[submission.results]
	if queue == nil {
		queue = &resultQueue{results: submission.results, inquiries: make(chan struct{})}
		p.resultQueues[submission.results] = queue
		p.senders.Add(1)
		go p.drain(queue)
	}
	queue.waiting = append(queue.waiting, submission)
}

// drain sends the submissions of a queue, and then removes the queue.
func (p *producer) drain(queue *resultQueue) {
	defer p.senders.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(queue.waiting) > 0 {
		submission := queue.waiting[0]
		queue.waiting[0] = nil
		queue.waiting = queue.waiting[1:]
		p.mu.Unlock()
		dropped := !queue.send(submission, p.abandon)
		p.mu.Lock()
		if dropped {
			p.dropped++
		}
		p.take(submission)
		queue.freed++
		p.advance()
	}
	delete(p.resultQueues, queue.results)
}

// send waits until the submission is received; once abandoned, it only sends it if the channel has room. It returns
// false for want of room. A channel that the submitter has closed takes no results, and does not want them.
func (b *resultQueue) send(submission *Submission, abandoned <-chan struct{}) (done bool) {
	defer func() {
		// Only the send to a closed channel can panic here.
		if recover() != nil {
			done = true
		}
	}()
	select {
	case b.results <- submission:
		return true
	default:
	}
	for {
		select {
		case b.results <- submission:
			return true
		case <-abandoned:
			return false
		case <-b.inquiries:
		}
	}
}

// settle waits until the places of all results that were received before are free: a receiver may be faster than
// the goroutine that sent the result. The caller holds p.mu, which settle unlocks meanwhile.
func (p *producer) settle() {
	places := make(map[*resultQueue]uint64, len(p.resultQueues))
	for _, queue := range p.resultQueues {
		places[queue] = queue.freed
	}
	for queue, freed := range places {
		// A queue sends one result after the other, so the next free place is that of the received result.
		for queue.freed == freed && p.inquire(queue) {
		}
	}
}

// inquire returns false once it is certain that the current result of a queue was not received, and true if there
// was progress before. The caller holds p.mu, which inquire unlocks meanwhile.
func (p *producer) inquire(queue *resultQueue) bool {
	progress := p.progress
	p.mu.Unlock()
	defer p.mu.Lock()
	select {
	case queue.inquiries <- struct{}{}:
		return false
	case <-progress:
		return true
	}
}
