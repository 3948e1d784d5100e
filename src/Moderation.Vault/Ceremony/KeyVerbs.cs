// Reads the words of `keys …` and runs the one ceremony they name.
using Moderation.Vault.Sockets;
using Moderation.Vault.Tokens;

namespace Moderation.Vault.Ceremony;

internal static class KeyVerbs
{
    internal static int Run(string verb, string[] rest, TimeProvider clock, TextWriter output)
    {
        Hardening.Apply();
        switch (verb)
        {
            case "list":
                return KeyInventory.List(new Arguments(rest, ["--dir"], [])["--dir"], clock, output);
            case "rotate":
            {
                var given = new Arguments(
                    rest,
                    ["--dir", "--role", "--level", "--module", "--token", "--pin-file"],
                    ["--dry-run"]
                );
                var plan = new KeyRotation.Plan(
                    given["--dir"],
                    RolesOf(given),
                    given.OrNull("--level") is null ? null : IsStandard(given),
                    TokenOf(given),
                    given.OrNull("--pin-file"),
                    given.Has("--dry-run")
                );
                return KeyRotation.Rotate(plan, clock, output);
            }
            case "retire":
            {
                var given = new Arguments(rest, ["--dir", "--kid"], ["--dry-run"]);
                return KeyRotation.Retire(given["--dir"], given["--kid"], given.Has("--dry-run"), clock, output);
            }
            case "operator":
            {
                var given = new Arguments(rest, ["--dir", "--name", "--out"], []);
                return Operators.Add(given["--dir"], given["--name"], given["--out"], output);
            }
            case "order":
            {
                var given = new Arguments(rest, ["--dir", "--kid", "--reason", "--operator", "--out"], []);
                return KeyDestruction.Order(
                    given["--dir"],
                    given["--kid"],
                    given["--reason"],
                    given["--operator"],
                    given["--out"],
                    clock,
                    output
                );
            }
            case "destroy":
            {
                var given = new Arguments(
                    rest,
                    ["--dir", "--order", "--operator", "--confirm", "--bundles", "--backups", "--pin-file"],
                    ["--dry-run"]
                );
                var plan = new KeyDestruction.Plan(
                    given["--dir"],
                    given["--order"],
                    given["--operator"],
                    given.OrNull("--confirm"),
                    given.OrNull("--bundles"),
                    given.OrNull("--backups"),
                    given.OrNull("--pin-file"),
                    given.Has("--dry-run")
                );
                return KeyDestruction.Destroy(plan, clock, output);
            }
            case "backup":
            {
                var given = new Arguments(rest, ["--dir", "--out", "--passphrase-file"], []);
                return KeyBackup.Make(given["--dir"], given["--out"], given.OrNull("--passphrase-file"), output);
            }
            case "verify-backup":
            {
                var given = new Arguments(rest, ["--dir", "--from", "--passphrase-file"], []);
                return KeyBackup.Prove(
                    given["--dir"],
                    given["--from"],
                    given.OrNull("--passphrase-file"),
                    clock,
                    output
                );
            }
            case "restore":
            {
                var given = new Arguments(rest, ["--dir", "--from", "--passphrase-file"], ["--dry-run"]);
                return KeyBackup.Restore(
                    given["--dir"],
                    given["--from"],
                    given.OrNull("--passphrase-file"),
                    given.Has("--dry-run"),
                    output
                );
            }
            default:
                throw new UsageException($"unknown: keys {verb}");
        }
    }

    internal static bool IsStandard(Arguments given) =>
        given.OrNull("--level") switch
        {
            null or "development" => false,
            "standard" => true,
            var other => throw new UsageException($"--level is development or standard, not {other}"),
        };

    internal static TokenPlace? TokenOf(Arguments given) =>
        (given.OrNull("--module"), given.OrNull("--token")) switch
        {
            (null, null) => null,
            ({ } module, { } token) => new TokenPlace(Path.GetFullPath(module), token, given.OrNull("--pin-file")),
            _ => throw new UsageException("--module and --token belong together"),
        };

    private static uint[] RolesOf(Arguments given) =>
        given.OrNull("--role") switch
        {
            null or "both" => [1, 2],
            "vault" or "1" => [1],
            "custodian" or "2" => [2],
            var other => throw new UsageException($"--role is vault, custodian or both, not {other}"),
        };
}
