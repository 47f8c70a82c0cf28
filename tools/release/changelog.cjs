// What `changeset version` writes into the changelogs: each change with a link to the commit that described it. The link is
// made of the commit's hash alone, so that nothing is asked of a server.

/** A text as an item of a list. */
const item = (text) => `\n- ${text.replaceAll(/\n(?=.)/g, '\n  ')}`;

module.exports = {
  /**
   * @param changeset what one file of .changeset/ says, and the `commit` that brought it, if it is known
   * @param type major, minor or patch
   * @param options.repository the address of the repository, without a slash at its end
   */
  async getReleaseLine({ summary, commit }, type, { repository }) {
    const link = commit ? ` ([${commit.slice(0, 7)}](${repository}/commit/${commit}))` : '';
    return item(summary.trim() + link);
  },

  /** All packages share one version: the list of those that a package needs would only repeat it. */
  async getDependencyReleaseLine(changesets, dependencies) {
    const [one] = dependencies;
    if (one === undefined) return '';
    return item(`The packages of mnet that this one needs are those of ${one.newVersion}.`);
  },
};
