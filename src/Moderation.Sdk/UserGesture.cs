// The proof that a person at this device asked: without one nothing is frozen, and nothing that arrives can make one.
namespace Moderation.Sdk;

/// <summary>Minted by UI code in the handler of a local user's act; one freeze each, and not older than 5 seconds.</summary>
public sealed class UserGesture
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(5);
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _at;
    private int _used;

    private UserGesture(TimeProvider clock) => (_clock, _at) = (clock, clock.GetUtcNow());

    /// <summary>To be called by UI code in the event handler of the click itself.</summary>
    public static UserGesture FromLocalClick(TimeProvider? clock = null) => new(clock ?? TimeProvider.System);

    internal void Use()
    {
        if (_clock.GetUtcNow() - _at > Life)
            throw new InvalidOperationException("The user's act was more than 5 seconds ago; ask again.");
        if (Interlocked.Exchange(ref _used, 1) == 1)
            throw new InvalidOperationException("One act of the user freezes once.");
    }
}
