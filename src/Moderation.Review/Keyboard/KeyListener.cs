// Joins the key table to the one JavaScript listener, and hands each command to whoever is listening in its scope.
using Microsoft.JSInterop;

namespace Moderation.Review.Keyboard;

public sealed class KeyListener(IJSRuntime js) : IAsyncDisposable
{
    private readonly List<Listening> listening = [];
    private IJSObjectReference? module;
    private DotNetObjectReference<KeyListener>? self;

    public async Task StartAsync()
    {
        module = await js.InvokeAsync<IJSObjectReference>("import", "./js/keys.js");
        self = DotNetObjectReference.Create(this);
        await module.InvokeVoidAsync("start", self, Keys.InForce);
        Tell();
    }

    /// <summary>Takes the commands of <paramref name="scope"/> until the answer is disposed.</summary>
    /// <param name="onKey">Gets the command id, and false when a held key went up again.</param>
    public IDisposable Listen(string scope, Func<string, bool, Task> onKey)
    {
        var one = new Listening(this, scope, onKey);
        listening.Add(one);
        Tell();
        return one;
    }

    /// <summary>Takes over what <see cref="Keys.InForce"/> has become.</summary>
    public async Task TakeTableAsync()
    {
        if (module is not null)
            await module.InvokeVoidAsync("setTable", Keys.InForce);
    }

    public async Task LowerCurtainAsync()
    {
        if (module is not null)
            await module.InvokeVoidAsync("lowerCurtain");
    }

    /// <summary>The next key that is pressed, as the table writes it; null when it was Escape.</summary>
    public async Task<string?> CaptureAsync() => module is null ? null : await module.InvokeAsync<string?>("capture");

    [JSInvokable]
    public async Task OnKeyAsync(string id, string scope, bool down)
    {
        // The last one to listen is the innermost: a dialog over a page.
        if (listening.LastOrDefault(l => l.Scope == scope) is { } innermost)
            await innermost.OnKey(id, down);
    }

    public async ValueTask DisposeAsync()
    {
        self?.Dispose();
        if (module is not null)
            await module.DisposeAsync();
    }

    private void Tell()
    {
        if (module is not null)
            _ = module
                .InvokeVoidAsync("setScopes", (object)listening.Select(l => l.Scope).Distinct().ToArray())
                .AsTask();
    }

    private sealed record Listening(KeyListener Owner, string Scope, Func<string, bool, Task> OnKey) : IDisposable
    {
        public void Dispose()
        {
            Owner.listening.Remove(this);
            Owner.Tell();
        }
    }
}
