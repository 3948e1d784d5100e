// Calls the evidence library in the browser; plaintext stays on that side, only what the player says about it comes over.
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Moderation.Review.Player;

public sealed class EvidenceScripts(IJSRuntime js) : IAsyncDisposable
{
    private IJSObjectReference? module;

    /// <summary>Makes this browser's approval key once, and gives its public half as COSE_Key, base64url.</summary>
    public async Task<string> EnsureApprovalKeyAsync(string staffId) =>
        await (await ModuleAsync()).InvokeAsync<string>("ensureApprovalKey", staffId);

    /// <summary>Pins the vault's signing key; the answer is null, or the code why it was not pinned.</summary>
    public async Task<string?> PinVaultKeyAsync(string staffId, string coseKey) =>
        await (await ModuleAsync()).InvokeAsync<string?>("pinVaultKey", staffId, coseKey);

    /// <summary>Starts what an opening needs; asks for no key and opens nothing.</summary>
    public async Task PrepareAsync(string reportId) => await (await ModuleAsync()).InvokeVoidAsync("prepare", reportId);

    /// <summary>Signs the terms of a release with this browser's key; throws <see cref="JSException"/> for any other terms.</summary>
    public async Task<string> ApproveDisclosureAsync(string staffId, string terms) =>
        await (await ModuleAsync()).InvokeAsync<string>("approveDisclosure", staffId, terms);

    /// <summary>Opens a report; what happens comes to <c>OnEvidenceEvents</c> of <paramref name="listener"/>.</summary>
    public async Task<IJSObjectReference> OpenAsync<T>(
        DotNetObjectReference<T> listener,
        ElementReference tiles,
        OpenOptions options
    )
        where T : class =>
        await (await ModuleAsync()).InvokeAsync<IJSObjectReference>("open", listener, tiles, options);

    public async ValueTask DisposeAsync()
    {
        if (module is not null)
            await module.DisposeAsync();
    }

    private async Task<IJSObjectReference> ModuleAsync() =>
        module ??= await js.InvokeAsync<IJSObjectReference>("import", "./js/player-interop.js");
}

/// <param name="Indices">Which segments; null for all.</param>
/// <param name="Subjects">Hex pseudonyms whose tiles come first.</param>
/// <param name="Names">Hex pseudonym to what its tile says.</param>
/// <param name="Headers">Sent with the key request: the claim.</param>
public sealed record OpenOptions(
    string ReportId,
    string CaseId,
    string StaffId,
    IReadOnlyList<int>? Indices,
    IReadOnlyList<string> Subjects,
    IReadOnlyDictionary<string, string> Names,
    IReadOnlyDictionary<string, string> Headers
);

/// <summary>One event of the evidence library; which members are set depends on <c>Type</c>.</summary>
public sealed record EvidenceEvent(
    string Type,
    double? Ms = null,
    bool? On = null,
    string? Badge = null,
    string? Code = null,
    string? Title = null,
    string? TraceId = null,
    string? Step = null,
    int? Index = null,
    string? Participant = null,
    double? T0 = null,
    string? State = null,
    string? Grade = null,
    int? PresentFrames = null,
    int? MissingFrames = null,
    bool? HeaderMissing = null,
    double? From = null,
    double? To = null,
    string? Reporter = null,
    string? Sdk = null,
    string? DeviceKid = null,
    string? TextKind = null,
    IReadOnlyList<PlannedSegment>? Segments = null,
    IReadOnlyList<TextLine>? Lines = null
);

/// <param name="T0">Milliseconds on the meeting clock.</param>
public sealed record PlannedSegment(
    int Index,
    int Kind,
    string? Participant = null,
    long Stream = 0,
    double T0 = 0,
    double Duration = 0,
    int Content = 0,
    bool Asked = false
);

public sealed record TextLine(
    double? T = null,
    string? From = null,
    string? Text = null,
    string? Participant = null,
    string? Event = null,
    string? Name = null
);
