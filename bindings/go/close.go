//go:build cgo

package hookrail

// Close closes the client.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		c.freeUnused()
	}
	return nil
}
