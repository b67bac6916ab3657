// What `edged --help` says.

import ShopModel

/// The help of the daemon, at most 80 columns wide.
enum Help {
    static func text(in language: Language) -> String { say(english, french, in: language) }

    private static let english = """
        edged: keeps a connected shop working when its network does not.

        USAGE
          edged --config FILE         run with this configuration until SIGTERM or
                                      SIGINT
          edged --check-config FILE   say what is wrong with a configuration, and end
                                      with 78 if something is
          edged --check-state --config FILE
                                      look through the state's files on copies, while
                                      no agent runs (edgectl check)
          edged --restore BACKUP --config FILE [--dry-run]
                                      put a backup in the ledger's place, while no
                                      agent runs (edgectl restore)
          edged --watch-clock [FILE]  write down for the agent whether the clock is
                                      synchronised (edged-clock.service)
          edged --note-end FILE       write down how systemd says the run ended
                                      (edged.service)
          edged --version
          edged --help

        EXIT
           0  stopped as asked
          64  wrong use
          65  backup not usable
          70  storage failed, start again
          75  state in use by another edged
          78  configuration or state directory wrong

        EXAMPLE
          edged --check-config /etc/edged/edged.json &&
              edged --config /etc/edged/edged.json
        """

    private static let french = """
        edged : garde un magasin connecté en marche quand son réseau ne l'est plus.

        EMPLOI
          edged --config FICHIER      tourne avec cette configuration jusqu'à SIGTERM
                                      ou SIGINT
          edged --check-config FICHIER
                                      dit ce qui ne va pas dans une configuration, et
                                      finit par 78 s'il y a quelque chose
          edged --check-state --config FICHIER
                                      examine les fichiers de l'état sur des copies,
                                      quand aucun agent ne tourne (edgectl check)
          edged --restore SAUVEGARDE --config FICHIER [--dry-run]
                                      met une sauvegarde à la place du registre, quand
                                      aucun agent ne tourne (edgectl restore)
          edged --watch-clock [FICHIER]
                                      note pour l'agent si l'horloge est synchronisée
                                      (edged-clock.service)
          edged --note-end FICHIER    note comment systemd dit que l'agent a fini
                                      (edged.service)
          edged --version
          edged --help

        CODES DE RETOUR
           0  arrêté comme demandé
          64  mauvais emploi
          65  sauvegarde inutilisable
          70  le stockage a failli, à redémarrer
          75  état tenu par un autre edged
          78  configuration ou dossier d'état faux

        EXEMPLE
          edged --check-config /etc/edged/edged.json &&
              edged --config /etc/edged/edged.json
        """
}
