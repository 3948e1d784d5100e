// Destroys a retired recipient key on the word of two operators, and certifies it (evidence-bundle.md 18, legal-clocks.md LC-9).
using System.Text.Json.Nodes;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Vault.Storage;
using Moderation.Vault.Tokens;

namespace Moderation.Vault.Ceremony;

internal static class KeyDestruction
{
    private static readonly TimeSpan OrderLife = TimeSpan.FromDays(7);

    internal sealed record Plan(
        string Root,
        string Order,
        string Operator,
        string? Confirmed,
        string? Bundles,
        string? Backups,
        string? PinFile,
        bool IsDry
    );

    /// <summary>The first operator's part.</summary>
    internal static int Order(
        string root,
        string kid,
        string reason,
        string operatorFile,
        string into,
        TimeProvider clock,
        TextWriter output
    )
    {
        if (reason.Length is 0 or > 512)
            throw new UsageException("--reason has 1 to 512 characters");
        using var config = KeyCeremony.ReadSigner(FolderLayout.ConfigKey(root));
        using var signer = KeyCeremony.ReadSigner(operatorFile);
        var who = Operators.Of(root, signer);
        var now = clock.GetUtcNow();
        var key = KeyInventory.Find(root, config.PublicKey, kid, now);
        if (key.State is KeyState.Current or KeyState.Previous)
        {
            output.WriteLine($"refused: {key.Kid} is {KeyInventory.Name(key.State)}; {NextOf(key.State)} first");
            return 2;
        }
        var order = new DestructionOrder(
            Convert.FromHexString(key.Kid),
            reason,
            (ulong)now.ToUnixTimeMilliseconds(),
            (ulong)now.Add(OrderLife).ToUnixTimeMilliseconds()
        );
        FolderSync.Replace(into, order.Sign(signer), owner: null);
        output.WriteLine(
            $"ordered by {who.Name}: {key.Kid}, for a second operator within {OrderLife.TotalDays:0} days"
        );
        return 0;
    }

    /// <summary>The second operator's part. A destruction that was interrupted is finished by running it again.</summary>
    internal static int Destroy(Plan plan, TimeProvider clock, TextWriter output)
    {
        var (root, now) = (plan.Root, clock.GetUtcNow());
        using var config = KeyCeremony.ReadSigner(FolderLayout.ConfigKey(root));
        using var second = KeyCeremony.ReadSigner(plan.Operator);
        var operators = Operators.Read(root);
        if (
            DestructionOrder.Countersign(File.ReadAllBytes(plan.Order), second) is not { } bytes
            || DestructionOrder.Verify(bytes, kid => Operators.KeyOf(operators, kid)) is not { } signed
        )
            return Refuse(output, "the order is not signed by registered operators");
        string[] names = [.. signed.Kids.Select(kid => Array.Find(operators, entry => entry.Kid == kid)!.Name)];
        if (names.Distinct(StringComparer.Ordinal).Count() != 2)
            return Refuse(output, "one person gave the order and would carry it out; two are needed");
        if ((ulong)now.ToUnixTimeMilliseconds() > signed.Order.NotAfterMs)
            return Refuse(output, "the order has lapsed");
        var key = KeyInventory.Find(root, config.PublicKey, Convert.ToHexStringLower(signed.Order.Kid), now);
        if (key.State is KeyState.Current or KeyState.Previous)
            return Refuse(output, $"{key.Kid} is {KeyInventory.Name(key.State)}; {NextOf(key.State)} first");
        if (File.Exists(CertificateOf(root, key.Kid)))
            return Refuse(output, $"destroyed already: {CertificateOf(root, key.Kid)}");
        var bundles = BundlesOf(plan, key.Kid);
        if (plan.IsDry)
        {
            output.WriteLine(
                $"would destroy {key.Kid} (role {key.Role}, {key.Path ?? "no file"}); {bundles.Length} known bundle(s) become unreadable"
            );
            return 0;
        }
        if ((plan.Confirmed ?? Ask(key.Kid)) != key.Kid)
            return Refuse(output, "the kid was not typed");
        using var stopped = Stopped(KeyInventory.FolderOf(root, key.Role));
        return Carry(plan, new(key, signed.Order, bytes, names, bundles), config, now, output);
    }

    private sealed record Work(
        KeyRecord Key,
        DestructionOrder Order,
        byte[] OrderBytes,
        string[] Names,
        byte[][] Bundles
    );

    private static int Carry(Plan plan, Work work, CoseSigner config, DateTimeOffset now, TextWriter output)
    {
        var (root, key) = (plan.Root, work.Key);
        var nowMs = (ulong)now.ToUnixTimeMilliseconds();
        // The entry is on disk before anything is gone; the tombstone before the key is, so that no restart finds it usable.
        var leaf = Log(KeyInventory.FolderOf(root, key.Role), work, nowMs);
        Enrolment.Change(
            root,
            file =>
                file with
                {
                    Destroyed = [.. (file.Destroyed ?? []).Where(gone => gone.Kid != key.Kid), new(key.Kid, nowMs)],
                }
        );
        var method = Erase(key, plan.PinFile);
        var copies = plan.Backups is null ? 0 : KeyBackup.EraseCopies(plan.Backups, key.Kid);
        var certificate = new DestructionCertificate
        {
            Thing = DestroyedThing.RecipientKey,
            Subject = work.Order.Kid,
            Role = key.Role,
            Kem = (uint)key.Kem,
            DestroyedMs = nowMs,
            Reason = work.Order.Reason,
            Actors = work.Names,
            Order = work.OrderBytes,
            Bundles = work.Bundles,
            AuditLeaf = leaf,
            Method = plan.Backups is null ? method : $"{method}; {copies} backup file(s) erased alike",
        }.Sign(config);
        var path = CertificateOf(root, key.Kid);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, FolderSync.EverybodyLooks);
        FolderSync.Replace(path, certificate, owner: null, FolderSync.Everybody);
        output.WriteLine(
            new JsonObject
            {
                ["ok"] = true,
                ["destroyed"] = key.Kid,
                ["certificate"] = path,
                ["audit_leaf"] = Convert.ToHexStringLower(leaf),
                ["bundles"] = work.Bundles.Length,
            }.ToJsonString()
        );
        return 0;
    }

    private static byte[] Log(string folder, Work work, ulong nowMs)
    {
        var log = FolderLayout.Log(folder);
        var spent = new SpentReleases(FolderLayout.State(folder));
        // For a key, its kid stands where an opening has the content id (docs/decisions/0036).
        var entry = new AuditEntry(
            AuditEntryTypes.Destroy,
            work.Order.Kid,
            System.Security.Cryptography.SHA256.HashData(work.OrderBytes),
            new byte[16],
            [],
            nowMs
        );
        var leaf = new OpeningLog(log, spent.AnsweredRequests).Append(entry.Encode());
        FileOwner.Of(folder).GiveTo(Path.Combine(log, OpeningLog.FileName));
        return leaf;
    }

    private static string Erase(KeyRecord key, string? pinFile)
    {
        if (key.Path is null)
            return "no key file was there any more";
        if (!key.Path.EndsWith(".json", StringComparison.Ordinal))
        {
            KeyFile.Erase(key.Path);
            return "key file overwritten twice, flushed and unlinked";
        }
        var token = TokenFile.Read(key.Path);
        using (var session = TokenSession.Open(token.Module, token.Token, TokenSession.ReadPin(pinFile)))
            session.Destroy(Convert.FromHexString(token.KeyId));
        File.Delete(key.Path);
        FolderSync.Flush(Path.GetDirectoryName(key.Path)!);
        return "key object destroyed in its PKCS#11 token";
    }

    // What the vault has opened, and what the operator brings from the server's records.
    private static byte[][] BundlesOf(Plan plan, string kid)
    {
        var known = VerifiedBundles.SealedTo(FolderLayout.State(FolderLayout.Vault(plan.Root)), kid);
        var given = plan.Bundles is null ? [] : File.ReadAllLines(plan.Bundles).Where(line => line.Length > 0);
        try
        {
            byte[][] ids =
            [
                .. known
                    .Concat(given)
                    .Select(id => id.Trim().ToLowerInvariant())
                    .Distinct()
                    .Order(StringComparer.Ordinal)
                    .Select(Convert.FromHexString),
            ];
            return Array.TrueForAll(ids, id => id.Length == 32)
                ? ids
                : throw new UsageException("--bundles holds a content id a line, 64 hex digits");
        }
        catch (FormatException)
        {
            throw new UsageException("--bundles holds a content id a line, 64 hex digits");
        }
    }

    private static string? Ask(string kid)
    {
        if (Console.IsInputRedirected)
            throw new UsageException("without a terminal: --confirm KID");
        Console.Error.Write($"This cannot be undone. Type the kid {kid} to destroy it: ");
        return Console.ReadLine()?.Trim();
    }

    // A process that runs holds the key in its memory and the end of its log in its head.
    private static FileStream Stopped(string folder)
    {
        var path = Path.Combine(FolderLayout.State(folder), "lock");
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            FileOwner.Of(folder).GiveTo(path);
            return file;
        }
        catch (IOException)
        {
            throw new IOException($"{Path.GetFileName(folder)} is running and holds the key in memory; stop it first.");
        }
    }

    private static string NextOf(KeyState state) => state == KeyState.Current ? "keys rotate" : "keys retire";

    private static string CertificateOf(string root, string kid) =>
        Path.Combine(FolderLayout.Public(root, "destroyed"), kid + ".cose");

    private static int Refuse(TextWriter output, string why)
    {
        output.WriteLine($"refused: {why}");
        return 2;
    }
}
