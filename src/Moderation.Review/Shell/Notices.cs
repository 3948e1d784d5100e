// What is said to the person in passing: toasts to see, and one polite line for screen readers.
namespace Moderation.Review.Shell;

public sealed class Notices(TimeProvider clock)
{
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private readonly List<Toast> toasts = [];
    private string? waiting;
    private DateTimeOffset lastSaid;

    public event Action? Changed;

    public IReadOnlyList<Toast> Toasts => toasts;

    /// <summary>The text of the live region.</summary>
    public string Said { get; private set; } = "";

    public void Good(string title, string? detail = null) => Show(new Toast("good", title, detail));

    public void Bad(string title, string? detail = null) => Show(new Toast("bad", title, detail));

    public void Dismiss(Toast toast)
    {
        toasts.Remove(toast);
        Changed?.Invoke();
    }

    /// <summary>Says something in the live region: at most one message a second, the latest wins (review-ui.md 6).</summary>
    public void Say(string text)
    {
        var wait = lastSaid + Quiet - clock.GetUtcNow();
        var alreadyWaiting = waiting is not null;
        waiting = text;
        if (!alreadyWaiting)
            _ = SayAfterAsync(wait);
    }

    private async Task SayAfterAsync(TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, clock);
        lastSaid = clock.GetUtcNow();
        Said = waiting ?? "";
        waiting = null;
        Changed?.Invoke();
    }

    private void Show(Toast toast)
    {
        toasts.Add(toast);
        Say(toast.Detail is null ? toast.Title : $"{toast.Title}. {toast.Detail}");
        Changed?.Invoke();
        // What went wrong stays until it is put away; what went well goes by itself.
        if (toast.Tone == "good")
            _ = DismissAfterAsync(toast);
    }

    private async Task DismissAfterAsync(Toast toast)
    {
        await Task.Delay(Shown, clock);
        Dismiss(toast);
    }
}

public sealed record Toast(string Tone, string Title, string? Detail);
