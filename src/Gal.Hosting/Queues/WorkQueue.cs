namespace Gal.Hosting.Queues;

/// <summary>The bounded line in front of a device: one request at work, the others in the order in which they came.</summary>
/// <param name="capacity">Requests that may wait behind the one at work; the next is refused.</param>
public sealed class WorkQueue(int capacity)
{
    private readonly Lock _lock = new();
    private readonly List<WorkTicket> _line = [];

    /// <summary>Takes a place at the end of the line. Dispose the ticket when the work is done or given up.</summary>
    /// <param name="mayExceedCapacity">True for work that was accepted before a restart.</param>
    /// <exception cref="QueueFullException">The line is as long as it may be.</exception>
    public WorkTicket Enqueue(bool mayExceedCapacity = false)
    {
        lock (_lock)
        {
            if (!mayExceedCapacity && _line.Count > capacity)
            {
                throw new QueueFullException(capacity);
            }

            var ticket = new WorkTicket(this);
            _line.Add(ticket);
            ticket.MoveTo(_line.Count - 1);
            return ticket;
        }
    }

    internal void Leave(WorkTicket ticket)
    {
        lock (_lock)
        {
            var index = _line.IndexOf(ticket);
            if (index < 0)
            {
                return;
            }

            _line.RemoveAt(index);
            for (var i = index; i < _line.Count; i++)
            {
                _line[i].MoveTo(i);
            }
        }
    }
}
