// The sentences of what can go wrong with a database file, for who reads them.

import ShopModel

extension StorageError {
    /// One or two sentences: what is wrong, and what mends it. What SQLite and the system themselves say stands in them as
    /// they say it, in English.
    ///
    /// - Parameter language: the reader's.
    public func sentence(in language: Language) -> String {
        switch language {
        case .english: english
        case .french: french
        }
    }

    private var english: String {
        switch self {
        case .full(let path):
            "There is no room left for \(path): the disk, its quota or the size granted to the file is used up. "
                + "Free space on that disk; nothing was lost and work goes on by itself."
        case .busy(let path):
            "\(path) is locked by another process. Stop the other edged, or the tool that has the file open."
        case .corrupt(let path, let message):
            "\(path) is damaged (\(message)). Check the disk (smartctl, dmesg), then put the latest backup in its place: "
                + "sudo edgectl restore. It sets the damaged file aside; nothing is deleted."
        case .syncFailed(let path, let cause):
            "The disk did not confirm a write to \(path): \(cause). Check the disk and its cable (dmesg), then start "
                + "edged again: it recovers to the last confirmed commit."
        case .newerSchema(let path, let found, let known):
            "\(path) was written by a later release (schema \(found), this one knows \(known)). Install that release "
                + "again; the file was not touched."
        case .olderSchema(let path, let found, let known):
            "\(path) has schema \(found) and this release needs \(known). Start its writer first, which migrates it."
        case .foreignFile(let path, let found, let expected):
            "\(path) is not this agent's file (application id \(found), expected \(expected)). Check stateDirectory in "
                + "the configuration; the file was not touched."
        case .readOnly(let path):
            "\(path) cannot be written. Check that its file system is not mounted read-only and that the user of edged "
                + "owns the file and its folder."
        case .unreadable(let path, let cause):
            "\(path) cannot be opened: \(cause). Check that stateDirectory exists and belongs to the user of edged."
        case .unfitDirectory(let path, .isMissing):
            "\(path) cannot be opened: it does not exist. Check stateDirectory in the configuration, and that its disk is "
                + "mounted."
        case .unfitDirectory(let path, .isNoDirectory):
            "\(path) cannot be opened: it is not a directory. Check stateDirectory in the configuration."
        case .unfitDirectory(let path, .belongsTo(let owner, let user)):
            "\(path) cannot be opened: it belongs to user \(owner), and this process runs as user \(user). Check that "
                + "stateDirectory belongs to the user of edged."
        case .pragma(let name, let wanted, let found):
            "SQLite does not accept the setting \(name): wanted \(wanted), it says \(found). Check that the file system "
                + "has locks and that libsqlite3 is Debian's."
        case .constraint(let code, let message):
            "A row was refused by its table: \(message) (\(code)). This is a fault of the program; report it."
        case .unexpectedValue(let statement, let column, let expected):
            "Column \(column) of \"\(statement)\" does not hold \(expected). The file was changed by another program or "
                + "is damaged; run edgectl check."
        case .restoreInterrupted(let path):
            "A restore of \(path) was begun and not finished. Do it again: sudo edgectl restore. What was there before "
                + "is set aside, not lost."
        case .other(let code, let message):
            "SQLite failed: \(message) (\(code)). Check the disk and the system's log, then report it."
        }
    }

    private var french: String {
        switch self {
        case .full(let path):
            "Il n'y a plus de place pour \(path) : le disque, son quota ou la taille accordée au fichier est épuisé. "
                + "Libérez de la place sur ce disque ; rien n'est perdu et le travail reprend seul."
        case .busy(let path):
            "\(path) est verrouillé par un autre processus. Arrêtez l'autre edged, ou l'outil qui tient le fichier ouvert."
        case .corrupt(let path, let message):
            "\(path) est abîmé (\(message)). Vérifiez le disque (smartctl, dmesg), puis mettez la dernière sauvegarde à sa "
                + "place : sudo edgectl restore. Le fichier abîmé est mis de côté ; rien n'est effacé."
        case .syncFailed(let path, let cause):
            "Le disque n'a pas confirmé une écriture dans \(path) : \(cause). Vérifiez le disque et son câble (dmesg), puis "
                + "redémarrez edged : il reprend à la dernière écriture confirmée."
        case .newerSchema(let path, let found, let known):
            "\(path) a été écrit par une version plus récente (schéma \(found), celle-ci connaît \(known)). Réinstallez "
                + "cette version-là ; le fichier n'a pas été touché."
        case .olderSchema(let path, let found, let known):
            "\(path) a le schéma \(found) et cette version demande \(known). Démarrez d'abord celui qui l'écrit, qui le "
                + "convertit."
        case .foreignFile(let path, let found, let expected):
            "\(path) n'est pas un fichier de cet agent (identifiant d'application \(found), attendu \(expected)). Vérifiez "
                + "stateDirectory dans la configuration ; le fichier n'a pas été touché."
        case .readOnly(let path):
            "\(path) ne peut pas être écrit. Vérifiez que son système de fichiers n'est pas monté en lecture seule et que "
                + "l'utilisateur d'edged possède le fichier et son dossier."
        case .unreadable(let path, let cause):
            "\(path) ne peut pas être ouvert : \(cause). Vérifiez que stateDirectory existe et appartient à l'utilisateur "
                + "d'edged."
        case .unfitDirectory(let path, .isMissing):
            "\(path) ne peut pas être ouvert : il n'existe pas. Vérifiez stateDirectory dans la configuration, et que son "
                + "disque est monté."
        case .unfitDirectory(let path, .isNoDirectory):
            "\(path) ne peut pas être ouvert : ce n'est pas un dossier. Vérifiez stateDirectory dans la configuration."
        case .unfitDirectory(let path, .belongsTo(let owner, let user)):
            "\(path) ne peut pas être ouvert : il appartient à l'utilisateur \(owner), et ce processus tourne en "
                + "utilisateur \(user). Vérifiez que stateDirectory appartient à l'utilisateur d'edged."
        case .pragma(let name, let wanted, let found):
            "SQLite n'accepte pas le réglage \(name) : voulu \(wanted), il dit \(found). Vérifiez que le système de fichiers "
                + "a des verrous et que libsqlite3 est celle de Debian."
        case .constraint(let code, let message):
            "Une ligne a été refusée par sa table : \(message) (\(code)). C'est une faute du programme ; signalez-la."
        case .unexpectedValue(let statement, let column, let expected):
            "La colonne \(column) de « \(statement) » ne contient pas \(expected). Le fichier a été changé par un autre "
                + "programme ou est abîmé ; lancez edgectl check."
        case .restoreInterrupted(let path):
            "Une restauration de \(path) a été commencée et pas finie. Refaites-la : sudo edgectl restore. Ce qui était là avant "
                + "est mis de côté, pas perdu."
        case .other(let code, let message):
            "SQLite a échoué : \(message) (\(code)). Vérifiez le disque et le journal du système, puis signalez-le."
        }
    }
}
