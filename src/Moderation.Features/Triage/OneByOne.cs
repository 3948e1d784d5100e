// Does what is due item by item, so that one that fails does not hold up those behind it.
using System.Runtime.ExceptionServices;

namespace Moderation.Features.Triage;

internal static class OneByOne
{
    /// <summary>How many answered true; the first fault is thrown once every item has had its turn.</summary>
    public static async Task<int> RunAsync(IEnumerable<Guid> due, Func<Guid, Task<bool>> act, CancellationToken ct)
    {
        var done = 0;
        ExceptionDispatchInfo? failed = null;
        foreach (var id in due)
            try
            {
                done += await act(id) ? 1 : 0;
            }
            catch (Exception fault) when (!ct.IsCancellationRequested)
            {
                failed ??= ExceptionDispatchInfo.Capture(fault);
            }
        failed?.Throw();
        return done;
    }
}
