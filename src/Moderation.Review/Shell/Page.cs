// What the pages need of the browser: readiness for tests, width, connection, dialogs, focus.
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Moderation.Review.Shell;

public sealed class Page(IJSRuntime js) : IAsyncDisposable
{
    private IJSObjectReference? module;
    private DotNetObjectReference<Page>? self;

    public event Action? Changed;

    /// <summary>At least 1,200 px: there is room for the preview.</summary>
    public bool Wide { get; private set; }

    public bool Online { get; private set; } = true;

    public async Task StartAsync()
    {
        if (self is not null)
            return;
        self = DotNetObjectReference.Create(this);
        Wide = await (await ModuleAsync()).InvokeAsync<bool>("watch", self);
    }

    /// <summary>Marks the document as ready for a test to act on; clicks before that are lost.</summary>
    public async Task ReadyAsync() => await (await ModuleAsync()).InvokeVoidAsync("ready");

    /// <summary>False where the browser has no WebCrypto: evidence cannot be opened.</summary>
    public async Task<bool> CanDecryptAsync() => await (await ModuleAsync()).InvokeAsync<bool>("canDecrypt");

    public async Task ShowAsync(ElementReference dialog) =>
        await (await ModuleAsync()).InvokeVoidAsync("showDialog", dialog);

    public async Task CloseAsync(ElementReference dialog) =>
        await (await ModuleAsync()).InvokeVoidAsync("closeDialog", dialog);

    public async Task FocusAsync(string selector) => await (await ModuleAsync()).InvokeVoidAsync("focus", selector);

    public async Task ToggleAsync(string selector) => await (await ModuleAsync()).InvokeVoidAsync("toggle", selector);

    /// <summary>How long ago the person last pressed a key or moved the pointer.</summary>
    public async Task<double> SecondsSinceInputAsync() =>
        await (await ModuleAsync()).InvokeAsync<double>("secondsSinceInput");

    /// <summary>Keeps a setting of the person in this browser. Never anything of a case.</summary>
    public async Task RememberAsync(string key, string value) =>
        await (await ModuleAsync()).InvokeVoidAsync("remember", key, value);

    public async Task<string?> RecallAsync(string key) =>
        await (await ModuleAsync()).InvokeAsync<string?>("recall", key);

    public async Task CopyAsync(string text) => await (await ModuleAsync()).InvokeVoidAsync("copy", text);

    [JSInvokable]
    public void OnWidth(bool wide)
    {
        Wide = wide;
        Changed?.Invoke();
    }

    [JSInvokable]
    public void OnConnection(bool online)
    {
        if (Online == online)
            return;
        Online = online;
        Changed?.Invoke();
    }

    public async ValueTask DisposeAsync()
    {
        self?.Dispose();
        if (module is not null)
            await module.DisposeAsync();
    }

    private async Task<IJSObjectReference> ModuleAsync() =>
        module ??= await js.InvokeAsync<IJSObjectReference>("import", "./js/page.js");
}
