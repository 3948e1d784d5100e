// Who sits at this desk: the session, and whether this browser's approval key may open evidence yet.
using Microsoft.JSInterop;
using Moderation.Contracts.Staff;
using Moderation.Review.Player;
using Moderation.Review.Wire;

namespace Moderation.Review.Shell;

public sealed class Desk(Api api, EvidenceScripts scripts, TimeProvider clock)
{
    private static readonly TimeSpan EnrolmentPoll = TimeSpan.FromSeconds(2);
    private bool waiting;

    public event Action? Changed;

    public SessionShape? Session { get; private set; }

    /// <summary>Null until the key was offered; its state is <c>pending</c> or <c>enrolled</c>.</summary>
    public ApprovalKeyShape? Key { get; private set; }

    /// <summary>Why the key could not be made or offered.</summary>
    public string? KeyTrouble { get; private set; }

    public bool KeyEnrolled => Key?.State == "enrolled";

    public bool MayDecide => Session?.Role is "analyst" or "senior";

    public bool SeesCases => Session?.Role is "analyst" or "senior" or "liaison" or "auditor";

    public bool SeesExports => Session?.Role is "liaison" or "senior" or "custodian";

    public bool MayApproveExports => Session?.Role is "senior" or "custodian";

    public bool ReadsAudit => Session is { Role: not "admin" };

    public bool Administers => Session?.Role == "admin";

    /// <summary>Who signs something: opens evidence, or approves that it is released.</summary>
    public bool HoldsKey => MayDecide || MayApproveExports;

    /// <summary>Finds out whether there is a session already (a reload, a second tab).</summary>
    public async Task<Problem?> ResumeAsync()
    {
        if (Session is not null)
            return null;
        var answer = await api.SessionAsync();
        if (answer.Value is { } session)
            Take(session);
        return answer.Problem;
    }

    public async Task<Problem?> SignInAsync(string login, string password)
    {
        var answer = await api.SignInAsync(login, password);
        if (answer.Value is { } session)
            Take(session);
        return answer.Problem;
    }

    public async Task SignOutAsync()
    {
        await api.SignOutAsync();
        Forget();
    }

    public void Forget()
    {
        Session = null;
        Key = null;
        KeyTrouble = null;
        Changed?.Invoke();
    }

    private void Take(SessionShape session)
    {
        Session = session;
        Changed?.Invoke();
        if (HoldsKey)
            _ = OfferKeyAsync(session);
    }

    /// <summary>Makes this browser's key once, offers its public half, and waits for an administrator to enrol it.</summary>
    private async Task OfferKeyAsync(SessionShape session)
    {
        if (waiting)
            return;
        waiting = true;
        try
        {
            var coseKey = await scripts.EnsureApprovalKeyAsync(session.StaffId);
            var offered = await api.OfferApprovalKeyAsync(coseKey);
            while (Session is not null && offered.Problem is { IsUnreachable: true })
            {
                await Task.Delay(EnrolmentPoll, clock);
                offered = await api.OfferApprovalKeyAsync(coseKey);
            }
            Key = offered.Value;
            KeyTrouble = offered.Problem is { } problem ? Texts.ProblemLine(problem) : null;
            Changed?.Invoke();
            await PinVaultAsync(session);
            while (Session is not null && Key is { State: not "enrolled" } mine)
            {
                await Task.Delay(EnrolmentPoll, clock);
                var now = await api.ApprovalKeysAsync();
                if (now.Value?.FirstOrDefault(k => k.Kid == mine.Kid) is { } found && found.State != mine.State)
                {
                    Key = found;
                    Changed?.Invoke();
                }
            }
        }
        catch (JSException failed)
        {
            KeyTrouble = Texts.KeyNotMade(failed.Message.Split('\n')[0]);
            Changed?.Invoke();
        }
        finally
        {
            waiting = false;
        }
    }

    /// <summary>Pins the key that key releases must be signed with; a changed one is said and never taken.</summary>
    private async Task PinVaultAsync(SessionShape session)
    {
        if ((await api.VaultKeyAsync()).Value is not { } vault)
            return;
        if (await scripts.PinVaultKeyAsync(session.StaffId, vault.CoseKey) is { } refused)
            KeyTrouble = $"{PlayerTexts.Failure(refused)} ({refused})";
        Changed?.Invoke();
    }

    /// <summary>The key's thumbprint as people compare it: eight groups of four.</summary>
    public static string FingerprintOf(ApprovalKeyShape key)
    {
        var text = key.Kid.Replace('-', '+').Replace('_', '/');
        var bytes = Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
        return string.Join(' ', Convert.ToHexStringLower(bytes)[..32].Chunk(4).Select(c => new string(c)));
    }
}
