// Lets a loop sleep until somebody has work for it, or a while has passed.
namespace Moderation.Features.Delivery;

public class WakeSignal : IDisposable
{
    private readonly SemaphoreSlim _set = new(0, 1);

    public void Set()
    {
        try
        {
            _set.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already set: the loop will look once, which is enough for both.
        }
    }

    /// <summary>True when it was set, false when the time passed.</summary>
    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken ct) => _set.WaitAsync(atMost, ct);

    public void Dispose()
    {
        _set.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Set when deliveries were queued or came back.</summary>
public sealed class DeliverySignal : WakeSignal;
